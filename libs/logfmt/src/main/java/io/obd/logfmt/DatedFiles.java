package io.obd.logfmt;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPOutputStream;

/**
 * Full files as {@code NAME-2026-01-02T03-04-05.678.log}, with {@code .gz} if they are compressed: the time is that at
 * which they were put aside.
 */
final class DatedFiles implements FullFiles {
    private static final String END = ".log";
    private static final String COMPRESSED = ".gz";
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH-mm-ss.SSS");

    private final int most;
    private final boolean compress;
    private final InstantSource clock;

    /**
     * @param most how many are kept
     * @param compress whether they are compressed, while the log goes on
     */
    DatedFiles(int most, boolean compress, InstantSource clock) {
        this.most = most;
        this.compress = compress;
        this.clock = clock;
    }

    @Override
    public void putAside(Path file) throws IOException {
        String stem = String.valueOf(file.getFileName()).replaceFirst("\\.log$", "") + "-";
        Path dated = file.resolveSibling(stem + TIME.format(clock.instant().atZone(ZoneId.systemDefault())) + END);
        try {
            Files.move(file, dated);
        } catch (NoSuchFileException gone) {
            return;
        }
        removeOldest(Objects.requireNonNull(file.toAbsolutePath().getParent()), stem);
        if (compress) {
            Thread.ofPlatform().daemon().name("log-compression").start(() -> compress(dated));
        }
    }

    /** The times in the names are in their order. */
    private void removeOldest(Path directory, String stem) throws IOException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> found =
                Files.newDirectoryStream(directory, stem + "*" + END + "{," + COMPRESSED + "}")) {
            found.forEach(files::add);
        }
        Collections.sort(files);
        for (Path file : files.subList(0, Math.max(0, files.size() - most))) {
            Files.deleteIfExists(file);
        }
    }

    /** What cannot be compressed stays as it is; there is no log to say so in. */
    private static void compress(Path file) {
        Path target = file.resolveSibling(file.getFileName() + COMPRESSED);
        try {
            try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(target))) {
                Files.copy(file, out);
            }
            Files.delete(file);
        } catch (IOException e) {
            System.err.println("cannot compress " + file + ": " + e);
        }
    }
}
