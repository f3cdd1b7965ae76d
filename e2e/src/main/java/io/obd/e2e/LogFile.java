package io.obd.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What a program wrote. */
record LogFile(Path path) {
    private static final int TAIL_LINES = 30;

    String text() throws IOException {
        return Files.exists(path) ? new String(Files.readAllBytes(path), StandardCharsets.UTF_8) : "";
    }

    /** The last lines, indented, under a heading with the file's name: to be added to a message. */
    String tail() {
        try {
            List<String> lines = text().lines().toList();
            return "\n  " + path + ":\n    "
                    + String.join("\n    ", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
