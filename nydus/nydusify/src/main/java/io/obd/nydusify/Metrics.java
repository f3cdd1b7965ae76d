package io.obd.nydusify;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.obd.convert.ConversionEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * Figures of a conversion for scripts. Downloads, builds and uploads run beside each other here: of each, the time from the
 * beginning of the conversion to the end of the last one is told, but of uploads that from the end of the last build on.
 */
final class Metrics implements Consumer<ConversionEvent> {
    private final long start = System.nanoTime();
    private long sourceSize;
    private long targetSize;
    private long downloaded;
    private long converted;

    @Override
    public synchronized void accept(ConversionEvent event) {
        switch (event) {
            case ConversionEvent.Started started ->
                started.layers().forEach(layer -> sourceSize += layer.blob().size());
            case ConversionEvent.Downloaded _ -> downloaded = elapsed();
            case ConversionEvent.Converted done -> {
                converted = elapsed();
                targetSize += done.result().descriptor().size();
            }
            case ConversionEvent.Reused done ->
                targetSize += done.result().descriptor().size();
            case ConversionEvent.TopUploaded done -> {
                converted = elapsed();
                targetSize += done.layer().descriptor().size();
            }
            default -> {}
        }
    }

    private long elapsed() {
        return System.nanoTime() - start;
    }

    /** Writes them in the original's form; times are nanoseconds. */
    synchronized void write(Path file) throws IOException {
        ObjectNode metrics = new ObjectMapper().createObjectNode();
        metrics.put("SourceImageSize", sourceSize);
        metrics.put("TargetImageSize", targetSize);
        metrics.put("SourcePullElapsed", downloaded);
        metrics.put("ConversionElapsed", converted);
        metrics.put("TargetPushElapsed", elapsed() - converted);
        Files.writeString(file, metrics + "\n");
    }
}
