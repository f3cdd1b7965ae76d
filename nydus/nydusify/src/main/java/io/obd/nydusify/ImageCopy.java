package io.obd.nydusify;

import io.obd.convert.Cancellation;
import io.obd.convert.ConversionException;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import io.obd.registry.Index;
import io.obd.registry.Manifest;
import io.obd.registry.MediaTypes;
import io.obd.registry.Platform;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;

/**
 * Brings what a name stands for to another place, its documents byte for byte, so that signatures stay good. Blobs that
 * layers of a nydus image refer to come along.
 */
final class ImageCopy {
    private final Images.Source source;
    private final Images.Target target;
    private final BlobCopy blobs;
    private final Logger log;

    /** @param work for blobs on their way */
    ImageCopy(Images.Source source, Images.Target target, Path work, Logger log, Cancellation cancellation) {
        this.source = source;
        this.target = target;
        this.blobs = new BlobCopy(source.content(), target.blobs(), work, log, cancellation);
        this.log = log;
    }

    /**
     * Copies. An index of which only some images are wanted becomes another one, or an image if that is the only one.
     *
     * @param platforms which images of an index are copied, empty for all
     * @return the topmost document there
     */
    Descriptor run(List<Platform> platforms) throws IOException {
        Descriptor top = source.content().resolve(source.reference());
        byte[] document = source.content().document(top);
        if (!MediaTypes.isIndex(top.mediaType())) {
            copyManifest(top, document, true);
            return top;
        }
        Index index = Index.parse(document);
        List<Descriptor> wanted = index.manifests().stream()
                .filter(entry -> isWanted(platforms, entry))
                .toList();
        if (wanted.isEmpty()) {
            throw new ConversionException(source.reference() + " has no image for " + platforms);
        }
        boolean single = wanted.size() == 1 && !platforms.isEmpty();
        for (Descriptor entry : wanted) {
            copyManifest(entry, source.content().document(entry), single);
        }
        if (single) {
            return wanted.getFirst();
        }
        return wanted.size() == index.manifests().size()
                ? target.tree().putAsIs(top, document, true)
                : target.tree().putIndex(index.withManifests(top.mediaType(), wanted), true);
    }

    private static boolean isWanted(List<Platform> platforms, Descriptor entry) {
        Platform platform = entry.platform();
        return platforms.isEmpty() || platform == null || platforms.stream().anyMatch(wanted -> wanted.runs(platform));
    }

    private void copyManifest(Descriptor descriptor, byte[] document, boolean top) throws IOException {
        if (!MediaTypes.isManifest(descriptor.mediaType())) {
            throw new ConversionException(descriptor.digest() + " is no image: " + descriptor.mediaType());
        }
        blobs.run(blobs(Manifest.parse(document)), target.tree().image(top));
        target.tree().putAsIs(descriptor, document, top);
        log.info("copied manifest {}", descriptor.digest());
    }

    /** All blobs, each once. */
    private Collection<Descriptor> blobs(Manifest manifest) throws IOException {
        Map<Digest, Descriptor> blobs = new LinkedHashMap<>();
        blobs.put(manifest.config().digest(), manifest.config());
        for (Descriptor layer : manifest.layers()) {
            blobs.put(layer.digest(), layer);
        }
        for (Descriptor layer : manifest.layers()) {
            String reference = layer.annotations().get(NydusFormat.REFERENCE);
            if (reference != null && !blobs.containsKey(digest(reference))) {
                Digest digest = digest(reference);
                blobs.put(
                        digest,
                        Descriptor.of(
                                MediaTypes.OCI_LAYER_GZIP,
                                digest,
                                source.sizes().of(digest)));
            }
        }
        return blobs.values();
    }

    private static Digest digest(String reference) throws ConversionException {
        try {
            return Digest.parse(reference);
        } catch (IllegalArgumentException e) {
            throw new ConversionException(NydusFormat.REFERENCE + ": " + e.getMessage(), e);
        }
    }
}
