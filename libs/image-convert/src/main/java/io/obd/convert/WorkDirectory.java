package io.obd.convert;

import io.obd.linux.DirectoryTree;
import io.obd.linux.Reason;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * A directory of one conversion's own below the one the user named, which goes away with all it holds, or that one itself
 * when it is to be kept.
 */
public final class WorkDirectory implements Closeable {
    private static final String PREFIX = "convert-";
    private static final String LOCK = "lock";

    private final Path base;
    private final boolean baseIsOurs;
    private final Path path;
    private final @Nullable FileChannel lock;

    private WorkDirectory(Path base, boolean baseIsOurs, Path path, @Nullable FileChannel lock) {
        this.base = base;
        this.baseIsOurs = baseIsOurs;
        this.path = path;
        this.lock = lock;
    }

    /** @param base made if it does not exist, and then removed in the end */
    public static WorkDirectory create(Path base) throws ConversionException {
        requireDirectory(base);
        try {
            boolean missing = !Files.isDirectory(base);
            Files.createDirectories(base);
            removeAbandoned(base);
            Path path = Files.createTempDirectory(base, PREFIX);
            return new WorkDirectory(base, missing, path, lock(path));
        } catch (IOException e) {
            throw unusable(base, e);
        }
    }

    /** @param base made if it does not exist; what is put there stays */
    public static WorkDirectory kept(Path base) throws ConversionException {
        requireDirectory(base);
        try {
            return new WorkDirectory(base, false, Files.createDirectories(base), null);
        } catch (IOException e) {
            throw unusable(base, e);
        }
    }

    private static void requireDirectory(Path base) throws ConversionException {
        if (Files.exists(base) && !Files.isDirectory(base)) {
            throw new ConversionException("cannot use " + base + " as working directory: it is no directory");
        }
    }

    /** Held as long as the process lives. The lock is taken before the file has its name: who finds it can rely on it. */
    private static FileChannel lock(Path path) throws IOException {
        Path unnamed = path.resolve(LOCK + ".new");
        FileChannel channel = FileChannel.open(unnamed, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try {
            channel.lock();
            Files.move(unnamed, path.resolve(LOCK), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        return channel;
    }

    /** Removes what conversions left that were killed. */
    private static void removeAbandoned(Path base) throws IOException {
        try (DirectoryStream<Path> directories = Files.newDirectoryStream(base, PREFIX + "*")) {
            for (Path directory : directories) {
                removeIfAbandoned(directory);
            }
        }
    }

    private static void removeIfAbandoned(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory.resolve(LOCK), StandardOpenOption.WRITE)) {
            if (channel.tryLock() != null) {
                DirectoryTree.delete(directory);
            }
        } catch (OverlappingFileLockException | NoSuchFileException | AccessDeniedException notOurs) {
            // In use by another conversion of this process, gone meanwhile, somebody else's, or not made by us.
        }
    }

    private static ConversionException unusable(Path base, IOException e) {
        return new ConversionException("cannot use " + base + " as working directory: " + Reason.of(e), e);
    }

    /** Where files go. */
    public Path path() {
        return path;
    }

    /** Removes everything, unless it is kept. Files that somebody else removes at the same time are no problem. */
    @Override
    public void close() throws IOException {
        if (lock == null) {
            return;
        }
        try (lock) {
            DirectoryTree.delete(path);
        }
        if (baseIsOurs) {
            removeIfEmpty(base);
        }
    }

    private static void removeIfEmpty(Path directory) throws IOException {
        try (var entries = Files.newDirectoryStream(directory)) {
            if (entries.iterator().hasNext()) {
                return;
            }
        } catch (NoSuchFileException gone) {
            return;
        }
        Files.deleteIfExists(directory);
    }
}
