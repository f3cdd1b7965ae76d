package io.obd.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The mounts of this process's mount namespace at one moment, in the order the kernel lists them: a later one covers
 * an earlier one at the same place.
 *
 * <pre>
 * 36 35 98:0 /root /target rw,noatime shared:1 - ext3 /dev/root rw,errors=continue
 * id parent device root target options optional* - type source superOptions
 * </pre>
 */
public final class MountTable {
    private static final Path MOUNTINFO = Path.of("/proc/self/mountinfo");

    private final List<Mount> mounts;

    /** @param mounts oldest first */
    public MountTable(List<Mount> mounts) {
        this.mounts = List.copyOf(mounts);
    }

    /** Reads the table as it is now. */
    public static MountTable read() throws IOException {
        // Not Files.readAllLines: a path may hold bytes that are not UTF-8, and one such mount must not hide all
        // others.
        return parse(new String(Files.readAllBytes(MOUNTINFO), StandardCharsets.UTF_8));
    }

    static MountTable parse(String mountinfo) throws IOException {
        List<Mount> mounts = new ArrayList<>();
        for (String line : mountinfo.split("\n")) {
            if (!line.isEmpty()) {
                mounts.add(parseLine(line));
            }
        }
        return new MountTable(mounts);
    }

    private static Mount parseLine(String line) throws IOException {
        String[] fields = line.split(" ", -1);
        int separator = 6;
        while (separator < fields.length && !fields[separator].equals("-")) {
            separator++;
        }
        if (separator + 3 >= fields.length) {
            throw new IOException(MOUNTINFO + ": not a line of a mount table: " + line);
        }
        return new Mount(
                number(fields[0], line),
                number(fields[1], line),
                fields[2],
                unescape(fields[3]),
                Path.of(unescape(fields[4])),
                List.of(fields[5].split(",")),
                fields[separator + 1],
                unescape(fields[separator + 2]),
                List.of(unescape(fields[separator + 3]).split(",")));
    }

    private static int number(String field, String line) throws IOException {
        try {
            return Integer.parseInt(field);
        } catch (NumberFormatException e) {
            throw new IOException(MOUNTINFO + ": not a line of a mount table: " + line, e);
        }
    }

    /** The kernel writes space, tab, newline, backslash (and '#') as three octal digits. */
    static String unescape(String field) {
        if (field.indexOf('\\') < 0) {
            return field;
        }
        StringBuilder text = new StringBuilder(field.length());
        for (int i = 0; i < field.length(); i++) {
            if (field.charAt(i) == '\\' && isOctal(field, i + 1)) {
                text.append((char) Integer.parseInt(field, i + 1, i + 4, 8));
                i += 3;
            } else {
                text.append(field.charAt(i));
            }
        }
        return text.toString();
    }

    private static boolean isOctal(String field, int start) {
        if (start + 3 > field.length()) {
            return false;
        }
        for (int i = start; i < start + 3; i++) {
            if (field.charAt(i) < '0' || field.charAt(i) > '7') {
                return false;
            }
        }
        return true;
    }

    /** All mounts, oldest first. */
    public List<Mount> mounts() {
        return mounts;
    }

    /** What is seen at this place: the last mount whose target is exactly this path (absolute, without links). */
    public Optional<Mount> at(Path target) {
        return mounts.stream().filter(mount -> mount.target().equals(target)).reduce((older, newer) -> newer);
    }

    /** The mounts at this place or below it, in the order in which they can be unmounted: newest first. */
    public List<Mount> below(Path directory) {
        return mounts.reversed().stream()
                .filter(mount -> mount.target().startsWith(directory))
                .toList();
    }

    /**
     * The mounts of a file system.
     *
     * @param device {@code major:minor}
     */
    public List<Mount> ofDevice(String device) {
        return mounts.stream().filter(mount -> mount.device().equals(device)).toList();
    }
}
