package io.obd.logfmt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;

/**
 * tinylog's {@code logfmt file}. Its properties:
 *
 * <pre>
 * file      where the lines go
 * size      bytes of a file that is put aside; without it none ever is
 * backups   how many of those are kept
 * dated     true: they have the time in their names, instead of a number
 * compress  true: those are compressed
 * </pre>
 *
 * <p>tinylog's own rolling file looks, at each start and with each new file, through all directories below that of the
 * log. What is mounted there may be what this process has yet to serve.
 */
public final class LogfmtFileWriter extends LogfmtWriter {

    /** Called by tinylog. */
    public LogfmtFileWriter(Map<String, String> properties) throws IOException {
        super(new LineFile(open(properties)), properties);
    }

    private static RotatingFile open(Map<String, String> properties) throws IOException {
        Path file = Path.of(properties.getOrDefault("file", "")).toAbsolutePath();
        Path directory = file.getParent();
        if (directory != null) {
            Files.createDirectories(directory);
        }
        long size = Long.parseLong(properties.getOrDefault("size", Long.toString(Long.MAX_VALUE)));
        int backups = Integer.parseInt(properties.getOrDefault("backups", "1"));
        boolean compress = Boolean.parseBoolean(properties.get("compress"));
        return new RotatingFile(
                file,
                size,
                Boolean.parseBoolean(properties.get("dated"))
                        ? new DatedFiles(backups, compress, InstantSource.system())
                        : new NumberedFiles(backups));
    }
}
