package io.obd.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.obd.fs.Ext4;
import io.obd.fs.Ext4Options;
import io.obd.fs.LayerApplier;
import io.obd.lsmt.LayeredImage;
import io.obd.lsmt.WritableLayer;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.zip.GZIPInputStream;

/** A writable layer with the files of an image: what {@code overlaybd-apply} leaves for {@code overlaybd-commit}. */
record SampleLayer(Path data, Path index) {
    private static final long DISK = 8L << 30;
    private static final int BUFFER = 1 << 20;

    /** Where the layer is in {@code directory}. */
    static SampleLayer in(Path directory) {
        return new SampleLayer(directory.resolve("data"), directory.resolve("index"));
    }

    /** Applies all layers of the image in an OCI layout. */
    void fill(Path layout) throws IOException {
        ObjectMapper json = new ObjectMapper();
        JsonNode index = json.readTree(layout.resolve("index.json").toFile());
        JsonNode manifest =
                json.readTree(blob(layout, index.get("manifests").get(0)).toFile());
        WritableLayer top = WritableLayer.create(WritableLayer.Kind.LOG, data, this.index, DISK, new UUID(0, 0));
        try (LayeredImage image = LayeredImage.open(List.of(), top);
                Ext4 fs = Ext4.format(image, Ext4Options.defaults())) {
            for (JsonNode layer : manifest.get("layers")) {
                try (InputStream tar = new GZIPInputStream(
                        new BufferedInputStream(Files.newInputStream(blob(layout, layer)), BUFFER), BUFFER)) {
                    new LayerApplier(fs).apply(tar);
                }
            }
        }
    }

    private static Path blob(Path layout, JsonNode descriptor) {
        return layout.resolve("blobs").resolve(descriptor.get("digest").asText().replace(':', '/'));
    }

    /** Opens the layer for a commit. */
    WritableLayer open() throws IOException {
        return WritableLayer.open(data, index);
    }
}
