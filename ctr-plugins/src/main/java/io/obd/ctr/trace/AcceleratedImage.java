package io.obd.ctr.trace;

import io.obd.convert.SourceImage;
import io.obd.ctr.client.ContentStore;
import io.obd.ctr.client.CtrException;
import io.obd.ctr.client.Images;
import io.obd.ctr.convert.NewImage;
import io.obd.ctr.convert.StoredImages;
import io.obd.image.LayerAnnotations;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import io.obd.registry.ImageConfiguration;
import io.obd.registry.Manifest;
import io.obd.registry.MediaTypes;
import io.obd.registry.Platform;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Puts an acceleration layer on top of an overlaybd image: a trace of reads, or a list of files to fetch first. */
final class AcceleratedImage {
    private static final String MEMBER = "trace";
    private static final String CREATED_BY = "Acceleration Layer";

    private final SourceImage image;
    private final Descriptor top;

    private AcceleratedImage(SourceImage image, Descriptor top) {
        this.image = image;
        this.top = top;
    }

    /**
     * Looks at the image that is to get the layer.
     *
     * @throws CtrException if it cannot get one
     */
    static AcceleratedImage of(String name, Images images, ContentStore content) throws IOException {
        SourceImage image = SourceImage.resolve(new StoredImages(images, content), name, Platform.host());
        List<Descriptor> layers = image.manifest().layers();
        if (layers.isEmpty() || !layers.getLast().annotations().containsKey(LayerAnnotations.BLOB_DIGEST)) {
            throw new CtrException(name + " is not an overlaybd image", "convert it first, as with ctr obdconv", null);
        }
        if ("yes".equals(layers.getLast().annotations().get(LayerAnnotations.ACCELERATION_LAYER))) {
            throw new CtrException(name + " has an acceleration layer already");
        }
        return new AcceleratedImage(image, layers.getLast());
    }

    /**
     * Makes the new image.
     *
     * @param trace content of the layer's only file
     * @param now when it is made
     * @return its manifest
     */
    Descriptor create(byte[] trace, NewImage target, ContentStore content, Instant now) throws IOException {
        byte[] tar = TarFile.of(MEMBER, trace);
        Digest digest = Digest.sha256(tar);
        Descriptor layer = Descriptor.of(MediaTypes.OCI_LAYER, digest, tar.length)
                .withAnnotations(annotations(digest, tar.length));
        content.write("layer", layer, tar, Map.of());
        Manifest old = image.manifest();
        Descriptor config =
                target.putConfig(old.config().mediaType(), config(digest, now).toJson());
        List<Descriptor> layers = new ArrayList<>(old.layers());
        layers.add(layer);
        return target.putManifest(
                Manifest.of(image.descriptor().mediaType(), config, layers).withAnnotations(old.annotations()));
    }

    private Map<String, String> annotations(Digest digest, long size) {
        Map<String, String> annotations = new HashMap<>(Map.of(
                LayerAnnotations.VERSION,
                LayerAnnotations.NATIVE_VERSION,
                LayerAnnotations.BLOB_DIGEST,
                digest.toString(),
                LayerAnnotations.BLOB_SIZE,
                Long.toString(size),
                LayerAnnotations.ACCELERATION_LAYER,
                "yes"));
        String fileSystem = top.annotations().get(LayerAnnotations.BLOB_FS_TYPE);
        if (fileSystem != null) {
            annotations.put(LayerAnnotations.BLOB_FS_TYPE, fileSystem);
        }
        return annotations;
    }

    private ImageConfiguration config(Digest layer, Instant now) throws IOException {
        List<Digest> diffIds = new ArrayList<>(image.config().diffIds());
        diffIds.add(layer);
        return image.config().withDiffIds(diffIds).createdAgain(now, CREATED_BY);
    }
}
