package io.obd.nydusimage;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.obd.rafs.Bootstrap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What a command writes about an image for scripts.
 *
 * @param bootstrap file of the image
 * @param loaded how long reading it took
 */
record Summary(Path bootstrap, Bootstrap image, Duration loaded) {
    void write(Path file) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode summary = mapper.createObjectNode();
        summary.put("version", Version.TEXT);
        summary.put("bootstrap", bootstrap.toString());
        image.blobs().forEach(blob -> summary.withArray("/blobs").add(blob.id()));
        summary.withArray("/blobs");
        summary.put("external_bootstrap", "");
        summary.withArray("/external_blobs");
        ObjectNode trace = summary.putObject("trace");
        trace.putObject("consumed_time").put("load_tree_from_bootstrap", loaded.toNanos() / 1e9);
        trace.putObject("registered_events");
        summary.put("fs_version", String.valueOf(image.version().number()));
        summary.put("compressor", image.flags().compressor().toString());
        Files.write(file, mapper.writeValueAsBytes(summary));
    }
}
