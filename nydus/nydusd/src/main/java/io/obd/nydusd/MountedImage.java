package io.obd.nydusd;

import io.obd.block.CorruptBlobException;
import io.obd.linux.Closing;
import io.obd.linux.Reason;
import io.obd.nydusbackend.Backend;
import io.obd.nydusbackend.Backends;
import io.obd.nydusbackend.config.Settings;
import io.obd.nydusd.data.CacheOptions;
import io.obd.nydusd.data.CachedContent;
import io.obd.nydusd.data.Content;
import io.obd.nydusd.data.DirectContent;
import io.obd.nydusd.fs.FileRules;
import io.obd.nydusd.fs.ImageCounters;
import io.obd.nydusd.fs.KernelImage;
import io.obd.nydusd.fs.RafsImage;
import io.obd.rafs.Bootstrap;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An image with all that it takes to serve it.
 *
 * @param mountPoint below the mountpoint of the daemon
 * @param index which no other image of the daemon had
 * @param prefetchFiles paths to fetch instead of those that the image names
 */
record MountedImage(
        String mountPoint,
        int index,
        Path bootstrap,
        String config,
        List<String> prefetchFiles,
        Instant mounted,
        Settings settings,
        Backend backend,
        RafsImage image,
        Prefetcher prefetcher)
        implements Closeable {
    private static final Logger log = LoggerFactory.getLogger(MountedImage.class);

    /**
     * Loads an image and opens what it needs.
     *
     * @throws IOException if the bootstrap or the configuration is wrong, or the cache is that of something else
     */
    static MountedImage open(
            String mountPoint,
            int index,
            Path bootstrap,
            String config,
            Settings settings,
            List<String> prefetchFiles,
            Instant mounted,
            FileRules.Owner owner,
            Backends backends)
            throws IOException {
        Bootstrap loaded = Bootstrap.load(bootstrap);
        Backend backend = backends.open(settings.backend());
        Content content = null;
        try {
            content = content(settings, loaded, backend);
            FileRules rules = FileRules.of(
                    loaded.flags(),
                    settings.rafs().xattrs() || loaded.flags().hasXattrs(),
                    mounted,
                    owner,
                    settings.rafs().owners());
            Settings.Rafs rafs = settings.rafs();
            ImageCounters counters = new ImageCounters(rafs.fileCounters(), rafs.accessPattern(), rafs.latestReads());
            RafsImage image =
                    new RafsImage(mountPoint, index, mountPoint.equals("/"), loaded, content, rules, counters);
            Prefetcher prefetcher = new Prefetcher(image, rafs.prefetch(), prefetchFiles);
            return new MountedImage(
                    mountPoint, index, bootstrap, config, prefetchFiles, mounted, settings, backend, image, prefetcher);
        } catch (IOException e) {
            Closing.after(e, content == null ? List.of(backend) : List.of(content, backend));
            throw e;
        }
    }

    /** Why the kernel cannot read the image itself, or nothing if it can. */
    Optional<String> obstacleToErofs() {
        Settings.Rafs rafs = settings.rafs();
        return rafs.fileCounters() || rafs.accessPattern() || rafs.latestReads()
                ? Optional.of("files are counted apart")
                : KernelImage.obstacle(image);
    }

    private static Content content(Settings settings, Bootstrap image, Backend backend) throws IOException {
        boolean validate = settings.cache().validate() || settings.rafs().validate();
        Settings.Cache cache = settings.cache();
        Path directory = cache.directory().orElse(null);
        // The content of a tar is in its blob as it is: a copy would be of no use.
        if (directory == null || image.flags().isTarfs()) {
            return new DirectContent(image, backend, validate);
        }
        try {
            return new CachedContent(
                    image,
                    backend,
                    new CacheOptions(
                            directory,
                            settings.rafs().amplify(),
                            settings.rafs().prefetch().batch(),
                            cache.isIndexed(),
                            validate));
        } catch (CorruptBlobException e) {
            throw e; // of another blob or another program: nothing that passes by itself
        } catch (IOException e) {
            log.warn("the image is read without the cache: {}", Reason.withCauses(e));
            return new DirectContent(image, backend, validate);
        }
    }

    @Override
    public void close() throws IOException {
        Closing.all(List.of(prefetcher, backend, image));
    }
}
