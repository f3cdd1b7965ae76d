package io.obd.nydussnapshotter;

import io.obd.linux.Statx;
import io.obd.snapshots.Layer;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What daemons have read, in a directory that all of them share: several files for each blob, named by its digest.
 *
 * <pre>
 * &lt;blob&gt;.blob.data             data
 * &lt;blob&gt;.blob.data.chunk_map   which of it is there
 * &lt;blob&gt;.blob.meta             what is known of it beforehand
 * </pre>
 */
final class BlobCache {
    private static final Logger LOG = LoggerFactory.getLogger(BlobCache.class);

    private static final Pattern FILE = Pattern.compile("([0-9a-f]{64})"
            + "(|\\.blob\\.data|\\.blob\\.data\\.chunk_map|\\.chunk_map|\\.blob\\.meta|\\.blob\\.toc|\\.blob\\.digest"
            + "|\\.blob\\.raw|\\.image\\.disk|\\.layer\\.disk)");

    private final Path directory;
    private final Set<Layer> layers = ConcurrentHashMap.newKeySet();

    /** Names of files that were put here for an image, by the number of its snapshot. */
    private final Map<Long, Set<String>> metas = new ConcurrentHashMap<>();

    BlobCache(Path directory) {
        this.directory = directory;
    }

    Path directory() {
        return directory;
    }

    /** A data layer whose blob counts as used, with or without a daemon. */
    void keep(Layer layer) {
        layers.add(layer);
    }

    /** The layer is removed. */
    void release(Layer layer) {
        layers.removeIf(kept -> kept.id() == layer.id());
        metas.remove(layer.id());
    }

    /** Puts what is known of an image's blobs beforehand where daemons look for it. */
    void addMetas(RafsInstance instance) throws IOException {
        makeDirectory();
        List<Path> known = instance.bootstrap().blobMetas();
        metas.put(
                instance.snapshot(),
                known.stream().map(meta -> meta.getFileName().toString()).collect(Collectors.toUnmodifiableSet()));
        for (Path meta : known) {
            Path target = directory.resolve(meta.getFileName());
            if (Files.exists(target) && Files.size(target) == Files.size(meta)) {
                continue;
            }
            Path fresh = Files.createTempFile(directory, ".new", ""); // mode 0600
            Files.copy(meta, fresh, StandardCopyOption.REPLACE_EXISTING);
            Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-------"));
            Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    private void makeDirectory() throws IOException {
        Files.createDirectories(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }

    /** Whether anything of a blob's data is there. Daemons make the file before they know that they will get any. */
    boolean holds(String blob) {
        try {
            return Statx.of(directory.resolve(blob + ".blob.data")).bytesUsed() > 0;
        } catch (IOException e) {
            LOG.debug("nothing is cached of {}: {}", blob, e.toString());
            return false;
        }
    }

    /** Bytes that the files take up of the disk; of one blob, by its digest without the algorithm. */
    long size(Optional<String> blob) throws IOException {
        long sum = 0;
        for (Path file : files()) {
            if (blob.isEmpty() || blob.get().equals(blobOf(file))) {
                sum += Statx.of(file).bytesUsed();
            }
        }
        return sum;
    }

    /**
     * What came of a removal of what nobody uses.
     *
     * @param used blobs that daemons use
     * @param removed blobs that went
     * @param failed files that could not be removed
     */
    record Collected(int used, int removed, int failed) {}

    /**
     * Removes the files of all blobs that nobody uses.
     *
     * @param names of files that daemons use
     */
    Collected collect(Set<String> names) throws IOException {
        Set<String> used = blobs(names.stream());
        int byDaemons = used.size();
        used.addAll(blobs(metas.values().stream().flatMap(Set::stream)));
        for (Layer layer : layers) {
            for (String label : List.of(Labels.CRI_LAYER_DIGEST, Labels.REFERENCE)) {
                used.add(layer.labels().getOrDefault(label, "").replaceFirst("^sha256:", ""));
            }
        }
        Set<String> gone = new HashSet<>();
        int failed = 0;
        for (Path file : files()) {
            String blob = blobOf(file);
            if (!used.contains(blob)) {
                try {
                    Files.deleteIfExists(file);
                    gone.add(blob);
                } catch (IOException e) {
                    LOG.warn("{} cannot be removed: {}", file, e.toString());
                    failed++;
                }
            }
        }
        if (!gone.isEmpty()) {
            LOG.info("{} blobs that no image needs were removed from {}", gone.size(), directory);
        }
        return new Collected(byDaemons, gone.size(), failed);
    }

    private static Set<String> blobs(Stream<String> names) {
        return names.map(BlobCache::blob).flatMap(Optional::stream).collect(Collectors.toCollection(HashSet::new));
    }

    private static String blobOf(Path file) {
        return blob(file.getFileName().toString()).orElse("");
    }

    private static Optional<String> blob(String name) {
        Matcher parts = FILE.matcher(name);
        return parts.matches() ? Optional.of(parts.group(1)) : Optional.empty();
    }

    /** The map of a blob before its data: a map without data would tell of what is not there. */
    private SortedSet<Path> files() throws IOException {
        SortedSet<Path> files = new TreeSet<>(Comparator.reverseOrder());
        if (Files.isDirectory(directory)) {
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
                for (Path entry : entries) {
                    if (blob(entry.getFileName().toString()).isPresent()
                            && Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS)) {
                        files.add(entry);
                    }
                }
            }
        }
        return files;
    }
}
