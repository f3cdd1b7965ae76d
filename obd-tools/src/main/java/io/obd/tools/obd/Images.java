package io.obd.tools.obd;

import io.obd.blobstore.BlobStoreConfig;
import io.obd.block.BlobReader;
import io.obd.image.ImageConfig;
import io.obd.image.ImageConfig.Lower;
import io.obd.image.ImageOpener;
import io.obd.image.RegistryBlobs;
import io.obd.image.RegistryImage;
import io.obd.image.RemoteBlobs;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import io.obd.registry.RegistryClient;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Opens the images that a command was given. What is fetched of them is kept in a temporary directory while the command
 * runs, so that nothing is fetched twice.
 */
final class Images implements RemoteBlobs, Closeable {
    /** Fetched at a time by a reader that jumps; one that goes forward gets more and more. */
    private static final int GRANULE = 64 << 10;

    private static final long CACHE_LIMIT = 512L << 20;
    private static final Duration NEVER_FLUSH = Duration.ofDays(1);

    private final RegistryOptions options;
    private final Map<String, String> environment;
    private final ImageOpener opener = new ImageOpener(this);
    private @Nullable RegistryClient client;
    private @Nullable ScratchDirectory scratch;
    private @Nullable RegistryBlobs blobs;

    Images(RegistryOptions options, Map<String, String> environment) {
        this.options = options;
        this.environment = environment;
    }

    /** The layers that an argument IMAGE names. */
    ImageConfig config(String image) throws IOException {
        return switch (ImageName.parse(image)) {
            case ImageName.LayerFile file ->
                new ImageConfig("", List.of(Lower.file(file.path().toString())), "");
            case ImageName.Config file -> ImageConfig.read(file.path());
            case ImageName.Reference name -> config(resolve(name));
        };
    }

    /** Asks the registry for the manifest of an image. */
    RegistryImage resolve(ImageName.Reference name) throws IOException {
        return RegistryImage.resolve(client(), name.reference(), options.platform());
    }

    /** The layers of an image in a registry. */
    ImageConfig config(RegistryImage image) throws IOException {
        return image.config(layer -> unpack(image, layer));
    }

    private Path unpack(RegistryImage image, Descriptor layer) throws IOException {
        Path directory = scratch().resolve(layer.digest().hex());
        if (Files.notExists(directory)) {
            Files.createDirectory(directory);
            try (InputStream blob = client().repository(image.reference()).pull(layer)) {
                TurboOciArchive.unpack(blob, directory);
            }
        }
        return directory;
    }

    /** Opens the virtual disk of an image. */
    Disk disk(String image) throws IOException {
        return disk(image, config(image));
    }

    Disk disk(String image, ImageConfig config) throws IOException {
        return Disk.of(image, config, opener.openForReading(config));
    }

    /** Opens the blob of one layer. */
    BlobReader blob(ImageConfig config, int layer) throws IOException {
        return opener.openBlob(config, layer);
    }

    /** Opens the original layer of a turboOCI layer, uncompressed. */
    BlobReader original(ImageConfig config, int layer) throws IOException {
        return opener.openOriginal(config, layer);
    }

    private synchronized Path scratch() throws IOException {
        if (scratch == null) {
            scratch = ScratchDirectory.create();
        }
        return scratch.path();
    }

    @Override
    public synchronized BlobReader open(String repoBlobUrl, Digest digest, long size) throws IOException {
        if (blobs == null) {
            Path cache = scratch().resolve("cache");
            BlobStoreConfig defaults = BlobStoreConfig.defaults(cache);
            blobs = RegistryBlobs.open(
                    client(),
                    new BlobStoreConfig(
                            cache, CACHE_LIMIT, GRANULE, defaults.readTimeout(), NEVER_FLUSH, defaults.diskPause()));
        }
        return blobs.open(repoBlobUrl, digest, size);
    }

    private synchronized RegistryClient client() throws ToolException {
        if (client == null) {
            client = options.client(environment);
        }
        return client;
    }

    @Override
    public void close() throws IOException {
        try (ScratchDirectory _ = scratch) {
            if (blobs != null) {
                blobs.close();
            } else if (client != null) {
                client.close();
            }
        }
    }
}
