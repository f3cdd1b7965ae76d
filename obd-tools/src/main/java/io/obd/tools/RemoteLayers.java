package io.obd.tools;

import io.obd.block.BlobReader;
import io.obd.image.RegistryBlobs;
import io.obd.image.RemoteBlobs;
import io.obd.image.ServiceConfig;
import io.obd.registry.Digest;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Layers in registries for the time of one run. The backend's cache is the backend's alone: what is fetched is kept in a
 * directory of its own until the end. Nothing is read or made before a layer is asked for.
 */
final class RemoteLayers implements RemoteBlobs, Closeable {
    private final ServiceConfigOption configuration;
    private @Nullable Path directory;
    private @Nullable RegistryBlobs blobs;

    RemoteLayers(ServiceConfigOption configuration) {
        this.configuration = configuration;
    }

    @Override
    public BlobReader open(String repoBlobUrl, Digest digest, long size) throws IOException {
        return blobs().open(repoBlobUrl, digest, size);
    }

    private synchronized RegistryBlobs blobs() throws IOException {
        if (blobs == null) {
            ServiceConfig config = configuration.read();
            if (directory == null) {
                directory = Files.createTempDirectory("overlaybd-blobs-");
            }
            ServiceConfig.Cache cache = config.cache();
            blobs = RegistryBlobs.open(
                    config.withCache(new ServiceConfig.Cache(directory, cache.sizeLimit(), cache.refillSize())),
                    RegistryBlobs.credentials(config.credentials()));
        }
        return blobs;
    }

    @Override
    public synchronized void close() throws IOException {
        if (blobs != null) {
            blobs.close();
        }
        if (directory != null) {
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            } catch (UncheckedIOException e) {
                throw new IOException("remove " + directory + ": " + e.getMessage(), e);
            }
        }
    }
}
