package io.obd.nydusify;

import io.obd.convert.ConversionTarget;
import io.obd.convert.ConvertedLayer;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import io.obd.registry.Manifest;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.LongConsumer;

/**
 * A target that also gets the layers of the source as they are, before the first manifest. A layer that the conversion
 * fetches is sent from the file that it was fetched into, while it is converted; only the others are fetched for this.
 */
final class LayerCopies implements ConversionTarget, Closeable {
    private static final int TRANSFERS = 4;

    private final BlobCopy copy;
    private final ConversionTarget target;
    private final Set<Descriptor> layers;
    private final Set<Digest> sent = ConcurrentHashMap.newKeySet();
    private final ExecutorService uploads = Executors.newFixedThreadPool(
            TRANSFERS, Thread.ofVirtual().name("layer-copy-", 0).factory());

    /** @param layers of the source */
    LayerCopies(BlobCopy copy, ConversionTarget target, Collection<Descriptor> layers) {
        this.copy = copy;
        this.target = target;
        this.layers = new LinkedHashSet<>(layers);
    }

    /** Takes the file of a layer, unless the layer is there or on its way. */
    boolean takes(Descriptor layer, Path file) throws IOException {
        if (copy.known().has(layer.digest()) || !sent.add(layer.digest())) {
            return false;
        }
        uploads.execute(() -> copy.send(layer, file, target));
        return true;
    }

    @Override
    public boolean put(ConvertedLayer layer, LongConsumer progress) throws IOException {
        return target.put(layer, progress);
    }

    @Override
    public Descriptor putConfig(String mediaType, byte[] json) throws IOException {
        return target.putConfig(mediaType, json);
    }

    @Override
    public Descriptor putManifest(Manifest manifest) throws IOException {
        uploads.close(); // and so wait for them
        layers.removeIf(layer -> sent.contains(layer.digest()));
        copy.run(layers, target);
        layers.clear();
        return target.putManifest(manifest);
    }

    /** Waits until nothing is under way. */
    @Override
    public void close() {
        uploads.close();
    }
}
