package io.obd.nydusify;

import io.obd.convert.ConversionTarget;
import io.obd.convert.ConvertedLayer;
import io.obd.convert.SourceImage;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import io.obd.registry.ImageConfiguration;
import io.obd.registry.Manifest;
import io.obd.registry.MediaTypes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The ordinary image that stands beside a nydus image in an index. It is the source with one more layer at the bottom, which
 * is empty: so no chain id of one image is that of the other, and a snapshotter that has one does not take it for the
 * other.
 *
 * @param source whose layers are in the target
 * @param work for the empty layer
 */
record OrdinaryImage(SourceImage source, Path work) {
    /** A tar without entries in gzip, in the bytes that the original has. */
    private static final byte[] EMPTY =
            HexFormat.of().parseHex("1f8b08000000000000ff621805a360148c5800080000ffff2eafb5ef00040000");

    private static final Digest EMPTY_TAR =
            new Digest("sha256", "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef");

    /**
     * Puts it there.
     *
     * @return the entry of the index
     */
    Descriptor put(ConversionTarget target) throws IOException {
        Manifest original = source.manifest();
        Descriptor empty = putEmptyLayer(target);
        List<Digest> diffIds = new ArrayList<>(source.config().diffIds());
        diffIds.addFirst(EMPTY_TAR);
        ImageConfiguration config =
                source.config().withDiffIds(diffIds).withHistory(NydusDocuments.CREATOR, "Nydus Empty Layer", true);
        Descriptor putConfig = target.putConfig(original.config().mediaType(), config.toJson());
        List<Descriptor> layers = new ArrayList<>(original.layers());
        layers.addFirst(empty);
        Map<String, String> sourceDigest =
                Map.of(NydusFormat.SOURCE_DIGEST, source.descriptor().digest().toString());
        Map<String, String> annotations = new TreeMap<>(original.annotations());
        annotations.putAll(sourceDigest);
        Descriptor manifest = target.putManifest(
                Manifest.of(source.descriptor().mediaType(), putConfig, layers).withAnnotations(annotations));
        return new Descriptor(
                manifest.mediaType(),
                manifest.digest(),
                manifest.size(),
                List.of(),
                sourceDigest,
                null,
                source.platform(),
                null);
    }

    private Descriptor putEmptyLayer(ConversionTarget target) throws IOException {
        boolean oci = source.descriptor().mediaType().equals(MediaTypes.OCI_MANIFEST);
        Descriptor layer = Descriptor.of(oci ? MediaTypes.OCI_LAYER_GZIP : MediaTypes.DOCKER_LAYER_GZIP, EMPTY)
                .withAnnotations(Map.of(NydusFormat.EMPTY_LAYER, NydusFormat.TRUE));
        Path file = Files.createTempFile(work, "empty", ".blob");
        try {
            Files.write(file, EMPTY);
            target.put(new ConvertedLayer(file, layer, EMPTY_TAR), _ -> {});
        } finally {
            Files.deleteIfExists(file);
        }
        return layer;
    }
}
