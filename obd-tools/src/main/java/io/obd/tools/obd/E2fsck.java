package io.obd.tools.obd;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** The e2fsck of this machine, on a copy of a virtual disk. */
final class E2fsck {
    private static final int CLEAN = 0;

    /** Lines that name no fault. */
    private static final Pattern SMALL_TALK =
            Pattern.compile("|e2fsck .*|Pass .*|Fix\\? no|.*\\*\\*\\* WARNING: .*|.*: [0-9]+/[0-9]+ files .*");

    private final Disk disk;

    E2fsck(Disk disk) {
        this.disk = disk;
    }

    /**
     * What it finds, line by line; nothing if the file system is clean.
     *
     * @throws ToolException if there is no e2fsck
     */
    List<String> run() throws IOException {
        try (ScratchDirectory scratch = ScratchDirectory.create()) {
            Path copy = scratch.path().resolve("disk");
            new RawDisk(disk).writeTo(copy, false);
            Process process;
            try {
                process = new ProcessBuilder("e2fsck", "-fn", copy.toString())
                        .redirectErrorStream(true)
                        .start();
            } catch (IOException e) {
                throw new ToolException("e2fsck cannot be run (" + e.getMessage() + "): install e2fsprogs");
            }
            process.getOutputStream().close();
            String text;
            try (InputStream output = process.getInputStream()) {
                text = new String(output.readAllBytes(), StandardCharsets.UTF_8);
            }
            int code = process.onExit().join().exitValue();
            return code == CLEAN
                    ? List.of()
                    : text.lines()
                            .map(line ->
                                    line.replace(copy.toString(), disk.name()).strip())
                            .filter(line -> !SMALL_TALK.matcher(line).matches())
                            .toList();
        }
    }
}
