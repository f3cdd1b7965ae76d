package io.obd.convert;

import io.obd.registry.ChainId;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A layer to convert.
 *
 * @param index position in the image, 0 at the bottom
 * @param blob as it is in the source
 * @param diffId digest of its uncompressed tar
 * @param chainId names this layer together with all below it
 * @param parent chain id of the layer below, null at the bottom
 */
public record SourceLayer(
        int index,
        Descriptor blob,
        Digest diffId,
        Digest chainId,
        @Nullable Digest parent) {

    /** The layers of an image with their chain ids, as the OCI image specification defines them. */
    static List<SourceLayer> of(List<Descriptor> blobs, List<Digest> diffIds) throws ConversionException {
        if (blobs.size() != diffIds.size()) {
            throw new ConversionException("the manifest has " + blobs.size() + " layers, but the config has "
                    + diffIds.size() + " diff ids: this is not an image that can be converted");
        }
        List<Digest> chain = ChainId.of(diffIds);
        List<SourceLayer> layers = new ArrayList<>();
        for (int i = 0; i < blobs.size(); i++) {
            layers.add(
                    new SourceLayer(i, blobs.get(i), diffIds.get(i), chain.get(i), i == 0 ? null : chain.get(i - 1)));
        }
        return List.copyOf(layers);
    }

    /** What the directory of its files is called among those of the image, as the original has it. */
    public String directoryName() {
        return "%04d_%s".formatted(index, blob.digest());
    }

    @Override
    public String toString() {
        return "layer " + index + " (" + blob.digest() + ")";
    }
}
