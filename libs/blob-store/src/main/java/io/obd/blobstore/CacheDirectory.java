package io.obd.blobstore;

import io.obd.registry.Digest;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The cache on the disk: {@code blocks/<algorithm>/<hex>/<segment>}, and a lock that keeps a second process out. */
final class CacheDirectory implements Closeable {
    private static final String BLOCKS = "blocks";
    private static final String LOCK = "lock";

    private final Logger log = LoggerFactory.getLogger(CacheDirectory.class);
    private final Path root;
    private final int granule;
    private final @Nullable FileChannel lock;

    private CacheDirectory(Path root, int granule, @Nullable FileChannel lock) {
        this.root = root;
        this.granule = granule;
        this.lock = lock;
    }

    /**
     * Makes the directory if need be and locks it. One that cannot be written costs only the caching.
     *
     * @throws IOException if another process uses it
     */
    static CacheDirectory open(Path path, int granule) throws IOException {
        Path root = path.resolve(BLOCKS);
        FileChannel channel;
        try {
            Files.createDirectories(root);
            channel = lock(root.resolve(LOCK));
        } catch (IOException e) {
            LoggerFactory.getLogger(CacheDirectory.class)
                    .error("the cache in {} cannot be used, all reads go to the registry: {}", path, e.toString());
            return new CacheDirectory(root, granule, null);
        }
        if (channel == null) {
            throw new IOException("the cache " + path + " is in use by another process");
        }
        return new CacheDirectory(root, granule, channel);
    }

    /** Returns null if somebody else has the lock. */
    private static @Nullable FileChannel lock(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        boolean locked = false;
        try {
            locked = channel.tryLock() != null;
        } catch (OverlappingFileLockException _) {
            // Somebody in this process has it.
        } finally {
            if (!locked) {
                channel.close();
            }
        }
        return locked ? channel : null;
    }

    Path of(Digest digest) {
        return root.resolve(digest.algorithm()).resolve(digest.hex());
    }

    /** What earlier runs left. What cannot be used is deleted, if that is possible. */
    Map<Digest, Entry> load() throws IOException {
        Map<Digest, Entry> entries = new HashMap<>();
        if (lock == null) {
            return entries;
        }
        for (Path algorithm : list(root)) {
            if (Files.isDirectory(algorithm)) {
                for (Path blob : list(algorithm)) {
                    load(algorithm.getFileName().toString(), blob, entries);
                }
            }
        }
        return entries;
    }

    private void load(String algorithm, Path blob, Map<Digest, Entry> entries) {
        try {
            Entry entry = loadEntry(algorithm, blob);
            if (entry != null) {
                entries.put(entry.digest(), entry);
            }
        } catch (IOException e) {
            log.warn("what is cached in {} is not used: {}", blob, e.toString());
        }
    }

    private @Nullable Entry loadEntry(String algorithm, Path blob) throws IOException {
        Digest digest;
        try {
            digest = new Digest(algorithm, blob.getFileName().toString());
        } catch (IllegalArgumentException e) {
            log.warn("{} does not belong into the cache and is left alone", blob);
            return null;
        }
        Entry entry = null;
        for (Path file : list(blob)) {
            if (file.endsWith(Grants.FILE)) {
                continue;
            }
            Segment segment = loadSegment(digest, file);
            if (segment != null && entry == null) {
                entry = new Entry(blob, digest, segment.identity().blobSize(), granule);
            }
            if (segment == null || entry == null || segment.identity().blobSize() != entry.size()) {
                log.warn("{} cannot be used and is deleted", file);
                Files.deleteIfExists(file);
            } else {
                entry.adopt(segment);
            }
        }
        if (entry == null) {
            remove(digest);
        }
        return entry;
    }

    /** Removes the directory of a blob of which nothing is cached. */
    void remove(Digest digest) throws IOException {
        Files.deleteIfExists(of(digest).resolve(Grants.FILE));
        Files.deleteIfExists(of(digest));
    }

    private @Nullable Segment loadSegment(Digest digest, Path file) throws IOException {
        String name = file.getFileName().toString();
        if (!name.matches("0|[1-9][0-9]{0,6}")) {
            return null;
        }
        long index = Long.parseLong(name);
        Segment segment = Segment.load(file, new SegmentLayout.Identity(digest, 0, granule, index));
        boolean within = segment != null
                && segment.identity().blobSize() > index * granule * SegmentLayout.GRANULES
                && segment.identity().blobSize() <= Entry.maxSize(granule);
        return within ? segment : null;
    }

    private static List<Path> list(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.sorted().toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    @Override
    public void close() throws IOException {
        if (lock != null) {
            lock.close();
        }
    }
}
