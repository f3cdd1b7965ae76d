package io.obd.tools.obd;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A directory for this run only; it goes when the run ends, also by a signal. */
final class ScratchDirectory implements Closeable {
    private final Path path;
    private final Thread onExit;

    private ScratchDirectory(Path path) {
        this.path = path;
        this.onExit = new Thread(this::deleteQuietly, "scratch-delete");
    }

    /** Makes one where the system keeps temporary files, for this user's eyes only. */
    static ScratchDirectory create() throws IOException {
        return in(Path.of(System.getProperty("java.io.tmpdir")), "obd-");
    }

    static ScratchDirectory in(Path parent, String prefix) throws IOException {
        ScratchDirectory scratch = new ScratchDirectory(Files.createTempDirectory(parent, prefix));
        Runtime.getRuntime().addShutdownHook(scratch.onExit);
        return scratch;
    }

    Path path() {
        return path;
    }

    @Override
    public void close() throws IOException {
        try {
            Runtime.getRuntime().removeShutdownHook(onExit);
        } catch (IllegalStateException e) {
            // The process was told to end: the hook is at work.
            return;
        }
        delete();
    }

    private void deleteQuietly() {
        try {
            delete();
        } catch (IOException | UncheckedIOException e) {
            System.err.println("obd: " + path + " could not be removed: " + e.getMessage());
        }
    }

    private void delete() throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        List<Path> files;
        try (Stream<Path> walk = Files.walk(path)) {
            files = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : files) {
            Files.deleteIfExists(file);
        }
    }
}
