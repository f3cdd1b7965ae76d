package io.obd.ctr.pull;

import io.obd.registry.ChainId;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import java.util.ArrayList;
import java.util.List;

/**
 * A layer of an image.
 *
 * @param index position, 0 is the bottom
 * @param blob what the manifest says about it
 * @param diffId digest of the uncompressed archive, from the image's configuration
 * @param parentChainId chain id of the layers below, empty if there are none
 * @param chainId chain id of this layer and those below: the name of its snapshot
 */
record Layer(int index, Descriptor blob, String diffId, String parentChainId, String chainId) {

    /** The layers of an image, bottom to top. Both lists have the same length. */
    static List<Layer> stack(List<Descriptor> blobs, List<Digest> diffIds) {
        List<Digest> chain = ChainId.of(diffIds);
        List<Layer> layers = new ArrayList<>(blobs.size());
        for (int i = 0; i < blobs.size(); i++) {
            String parent = i == 0 ? "" : chain.get(i - 1).toString();
            layers.add(new Layer(
                    i,
                    blobs.get(i),
                    diffIds.get(i).toString(),
                    parent,
                    chain.get(i).toString()));
        }
        return layers;
    }

    LayerKind kind() {
        return LayerKind.of(blob);
    }
}
