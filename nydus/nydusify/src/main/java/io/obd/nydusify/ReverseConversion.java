package io.obd.nydusify;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.obd.convert.Cancellation;
import io.obd.convert.ConversionException;
import io.obd.convert.ConversionTarget;
import io.obd.convert.ConvertedLayer;
import io.obd.linux.Reason;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import io.obd.registry.ImageConfiguration;
import io.obd.registry.Manifest;
import io.obd.registry.MediaTypes;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;

/** Makes an ordinary image of a nydus image: each of its blobs becomes a layer again. */
final class ReverseConversion {
    private static final int SIDE_BY_SIDE = 2;

    private final ImageDocuments image;
    private final OrdinaryLayers layers;
    private final ConversionTarget target;
    private final Logger log;
    private final Cancellation cancellation;

    ReverseConversion(
            ImageDocuments image,
            OrdinaryLayers layers,
            ConversionTarget target,
            Logger log,
            Cancellation cancellation) {
        this.image = image;
        this.layers = layers;
        this.target = target;
        this.log = log;
        this.cancellation = cancellation;
    }

    /** Converts, and returns what the manifest of the result is. */
    Descriptor run() throws IOException {
        List<Descriptor> layersOfImage = image.manifest().layers();
        List<Descriptor> blobs = layersOfImage.subList(0, layersOfImage.size() - 1);
        Map<Descriptor, ConvertedLayer> converted = new ConcurrentHashMap<>();
        // Closing it waits for all: nothing is at work any more when this fails.
        try (ExecutorService threads = Executors.newFixedThreadPool(
                SIDE_BY_SIDE, Thread.ofPlatform().name("layer-unpack-", 0).factory())) {
            for (Descriptor blob : new LinkedHashSet<>(blobs)) {
                threads.execute(() -> convert(blob, converted));
            }
        }
        cancellation.throwReason();
        boolean oci = image.descriptor().mediaType().equals(MediaTypes.OCI_MANIFEST);
        List<ConvertedLayer> all = blobs.stream().map(converted::get).toList();
        Descriptor config = target.putConfig(
                oci ? MediaTypes.OCI_CONFIG : MediaTypes.DOCKER_CONFIG,
                config(all.stream().map(ConvertedLayer::diffId).toList()));
        Map<String, String> annotations = new TreeMap<>(image.manifest().annotations());
        annotations.keySet().removeIf(NydusFormat::isOwn);
        return target.putManifest(Manifest.of(
                        image.descriptor().mediaType(),
                        config,
                        all.stream().map(ConvertedLayer::descriptor).toList())
                .withAnnotations(annotations));
    }

    private void convert(Descriptor blob, Map<Descriptor, ConvertedLayer> converted) {
        try {
            cancellation.check();
            ConvertedLayer made = layers.make(blob);
            converted.put(blob, made);
            boolean existed = target.put(made, _ -> cancellation.check());
            Files.delete(made.file());
            log.info(
                    "blob {} is layer {}{}",
                    blob.digest(),
                    made.descriptor().digest(),
                    existed ? ", which exists" : "");
        } catch (CancellationException e) {
            cancellation.cancel(e);
        } catch (IOException e) {
            cancellation.cancel(new ConversionException("blob " + blob.digest() + ": " + Reason.of(e), e));
        } catch (RuntimeException | Error e) {
            cancellation.cancel(new IllegalStateException("blob " + blob.digest() + " cannot be unpacked", e));
        }
    }

    /** What the container is stays; the history loses the entry that the conversion to nydus has put there. */
    private byte[] config(List<Digest> diffIds) throws IOException {
        ObjectNode tree = image.config().tree().deepCopy();
        if (tree.get("history") instanceof ArrayNode history) {
            List<Integer> gone = new ArrayList<>();
            for (int i = 0; i < history.size(); i++) {
                if (history.get(i).path("comment").asText().equals(NydusDocuments.COMMENT)) {
                    gone.addFirst(i);
                }
            }
            gone.forEach(index -> history.remove(index.intValue()));
        }
        return ImageConfiguration.parse(new ObjectMapper().writeValueAsBytes(tree))
                .withDiffIds(diffIds)
                .toJson();
    }
}
