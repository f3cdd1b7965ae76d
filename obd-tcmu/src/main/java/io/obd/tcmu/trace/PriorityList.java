package io.obd.tcmu.trace;

import java.io.IOException;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files of an image that are needed first.
 *
 * @param entries in their order
 */
record PriorityList(List<Entry> entries) {
    private static final Logger log = LoggerFactory.getLogger(PriorityList.class);

    private static final int MAX_LENGTH = 65536;
    private static final Pattern PATH = Pattern.compile("[A-Za-z0-9_./-]*");

    /**
     * A file, or everything below a directory.
     *
     * @param path from the root of the file system, without a slash at either end
     */
    record Entry(String path, boolean below) {}

    /**
     * Reads a list: one path per line; a directory, which ends with {@code /} or {@code *}, stands for all files below it.
     *
     * @param name of the file, for messages
     * @throws IOException if it is too long
     */
    static PriorityList parse(String text, String name) throws IOException {
        if (text.length() > MAX_LENGTH) {
            throw new IOException(name + ": a list of files has at most " + MAX_LENGTH + " bytes");
        }
        return new PriorityList(
                text.lines().flatMap(line -> entry(line.strip(), name)).toList());
    }

    private static Stream<Entry> entry(String line, String name) {
        boolean star = line.endsWith("*");
        String path = star ? line.substring(0, line.length() - 1) : line;
        if (!PATH.matcher(path).matches()) {
            log.warn("{}: a path of letters, digits, _ - . and / is expected, found {}", name, line);
            return Stream.empty();
        }
        String bare = path.replaceAll("^/+|/+$", "");
        return line.isEmpty() ? Stream.empty() : Stream.of(new Entry(bare, star || path.endsWith("/")));
    }
}
