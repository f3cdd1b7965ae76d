package io.obd.linux;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The bytes of a file's name, as a C string. A path as text loses what the locale of the process cannot express: in the
 * C locale everything beyond ASCII, elsewhere at least names that are not UTF-8. Its URI keeps every byte.
 */
final class PathBytes {
    private PathBytes() {}

    static byte[] of(Path path) {
        String text = path.toString();
        if (isAscii(text)) {
            byte[] ascii = text.getBytes(StandardCharsets.US_ASCII);
            return Arrays.copyOf(ascii, ascii.length + 1);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        String escaped = path.toUri().getRawPath();
        for (int i = 0; i < escaped.length(); i++) {
            if (escaped.charAt(i) == '%') {
                bytes.write(Integer.parseInt(escaped, i + 1, i + 3, 16));
                i += 2;
            } else {
                bytes.write(escaped.charAt(i));
            }
        }
        bytes.write(0);
        return bytes.toByteArray();
    }

    private static boolean isAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) >= 0x80) {
                return false;
            }
        }
        return true;
    }

    /** The path of a name in a directory. */
    static Path resolve(Path directory, byte[] name) {
        String parent = directory.toUri().getRawPath();
        StringBuilder uri = new StringBuilder("file://").append(parent);
        if (!parent.endsWith("/")) {
            uri.append('/');
        }
        for (byte b : name) {
            uri.append(String.format("%%%02X", b));
        }
        return Path.of(URI.create(uri.toString()));
    }

    /** The last name of a path, without end. */
    static byte[] name(Path path) {
        byte[] all = of(path);
        int end = all.length - 1;
        // A directory's URI ends with a slash.
        while (end > 0 && all[end - 1] == '/') {
            end--;
        }
        int start = end;
        while (start > 0 && all[start - 1] != '/') {
            start--;
        }
        return Arrays.copyOfRange(all, start, end);
    }
}
