package io.obd.e2e;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** Extended attributes of a whole tree, as getfattr lists them. */
final class ExtendedAttributes {
    private static final String FILE = "# file: ";
    /** What overlayfs notes for itself. */
    private static final String OVERLAY = "trusted.overlay.";

    private ExtendedAttributes() {}

    /** Path relative to the root, empty for the root, to names and values in hex. Files without any are left out. */
    static Map<String, Map<String, String>> read(Path root) throws IOException, InterruptedException {
        Run getfattr = Commands.in(root)
                .run("getfattr", "-R", "-P", "-h", "-d", "-m", "-", "-e", "hex", ".")
                .orFail();
        return parse(getfattr.out());
    }

    static Map<String, Map<String, String>> parse(String listing) {
        Map<String, Map<String, String>> files = new HashMap<>();
        Map<String, String> current = new TreeMap<>();
        for (String line : listing.lines().toList()) {
            if (line.startsWith(FILE)) {
                current = new TreeMap<>();
                files.put(path(line.substring(FILE.length())), current);
            } else if (!line.isEmpty() && !line.startsWith(OVERLAY)) {
                int equals = line.indexOf('=');
                current.put(
                        line.substring(0, equals < 0 ? line.length() : equals),
                        equals < 0 ? "" : line.substring(equals + 1));
            }
        }
        files.values().removeIf(Map::isEmpty);
        return files;
    }

    /** Undoes getfattr's {@code \ooo}, of bytes. */
    private static String path(String quoted) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] in = quoted.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < in.length; i++) {
            if (in[i] == '\\' && i + 3 < in.length) {
                bytes.write(Integer.parseInt(quoted(in, i + 1), 8));
                i += 3;
            } else {
                bytes.write(in[i]);
            }
        }
        String path = bytes.toString(StandardCharsets.UTF_8);
        return path.equals(".") ? "" : path;
    }

    private static String quoted(byte[] in, int from) {
        return new String(in, from, 3, StandardCharsets.US_ASCII);
    }
}
