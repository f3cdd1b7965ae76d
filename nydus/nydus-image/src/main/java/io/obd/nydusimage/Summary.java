package io.obd.nydusimage;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.obd.commandline.Version;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.Compressor;
import io.obd.rafs.RafsVersion;
import io.obd.rafs.build.BuiltImage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What a command writes about an image for scripts.
 *
 * @param bootstrap file of the image; empty if it is part of the blob
 * @param blobs identities of the image's blobs, in their order
 * @param step name of what took the time
 * @param time how long it took
 */
record Summary(
        String bootstrap, List<String> blobs, RafsVersion version, Compressor compressor, String step, Duration time) {

    /** Of an image that was read. */
    static Summary of(Path bootstrap, Bootstrap image, Duration loaded) {
        return new Summary(
                bootstrap.toString(),
                image.blobs().stream().map(BlobInfo::id).toList(),
                image.version(),
                image.flags().compressor(),
                "load_tree_from_bootstrap",
                loaded);
    }

    /**
     * Of an image that was made of others.
     *
     * @param like one of these
     * @param start when that began, in the nanoseconds of this process
     */
    static Summary built(Path bootstrap, BuiltImage image, Bootstrap like, long start) {
        return new Summary(
                bootstrap.toString(),
                image.blobs().stream().map(BlobInfo::id).toList(),
                like.version(),
                like.flags().compressor(),
                "total_build",
                Duration.ofNanos(System.nanoTime() - start));
    }

    byte[] toJson() throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode summary = mapper.createObjectNode();
        summary.put("version", Version.TEXT);
        summary.put("bootstrap", bootstrap);
        ArrayNode ids = summary.putArray("blobs");
        blobs.forEach(ids::add);
        summary.put("external_bootstrap", "");
        summary.putArray("external_blobs");
        ObjectNode trace = summary.putObject("trace");
        trace.putObject("consumed_time").put(step, time.toNanos() / 1e9);
        trace.putObject("registered_events");
        summary.put("fs_version", String.valueOf(version.number()));
        summary.put("compressor", compressor.toString());
        return mapper.writerWithDefaultPrettyPrinter().writeValueAsBytes(summary);
    }
}
