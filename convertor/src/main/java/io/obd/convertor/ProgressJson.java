package io.obd.convertor;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.obd.convert.ConversionEvent;
import io.obd.convert.SourceLayer;
import io.obd.registry.Descriptor;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/** One JSON object per line and step that is done, for programs; the last one says what came of it. */
final class ProgressJson implements Progress {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final PrintStream out;

    ProgressJson(PrintStream out) {
        this.out = out;
    }

    @Override
    public Consumer<ConversionEvent> image(String name) {
        return event -> show(event, name);
    }

    private void show(ConversionEvent event, String image) {
        switch (event) {
            case ConversionEvent.Started started ->
                print("started", image, Map.of("layers", started.layers().size()));
            case ConversionEvent.Downloaded done -> layer("downloaded", image, done.layer(), Map.of());
            case ConversionEvent.Converted done ->
                layer("converted", image, done.layer(), result(done.result().descriptor()));
            case ConversionEvent.Uploaded done ->
                layer("uploaded", image, done.layer(), Map.of("existed", done.existed()));
            case ConversionEvent.Reused done ->
                layer("reused", image, done.layer(), result(done.result().descriptor()));
            case ConversionEvent.NotReused failed ->
                layer(
                        "notReused",
                        image,
                        failed.layer(),
                        Map.of("why", String.valueOf(failed.why().getMessage())));
            case ConversionEvent.ImageReused done ->
                print(
                        "imageReused",
                        image,
                        Map.of("layers", done.manifest().layers().size()));
            case ConversionEvent.BaseUploaded done ->
                print("baseUploaded", image, result(done.layer().descriptor()));
            case ConversionEvent.TopUploaded done ->
                print("topUploaded", image, result(done.layer().descriptor()));
            case ConversionEvent.ConfigUploaded done ->
                print("configUploaded", image, Map.of("digest", done.digest().toString()));
            case ConversionEvent.ManifestUploaded done ->
                print("manifestUploaded", image, Map.of("digest", done.digest().toString()));
            case ConversionEvent.Consumed _, ConversionEvent.Sent _ -> {}
        }
    }

    @Override
    public void done(String name, Descriptor result, Totals.Figures figures) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("name", name);
        fields.put("digest", result.digest().toString());
        fields.put("mediaType", result.mediaType());
        fields.put("layers", figures.layers());
        fields.put("reused", figures.reused());
        fields.put("sourceBytes", figures.sourceBytes());
        fields.put("resultBytes", figures.resultBytes());
        fields.put("milliseconds", figures.time().toMillis());
        print("done", "", fields);
    }

    private static Map<String, Object> result(Descriptor result) {
        return Map.of("digest", result.digest().toString(), "size", result.size());
    }

    private void layer(String event, String image, SourceLayer layer, Map<String, ?> more) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("layer", layer.index());
        fields.put("source", layer.blob().digest().toString());
        fields.put("sourceSize", layer.blob().size());
        fields.putAll(more);
        print(event, image, fields);
    }

    private synchronized void print(String event, String image, Map<String, ?> fields) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("event", event);
        if (!image.isEmpty()) {
            line.put("image", image);
        }
        line.putAll(fields);
        try {
            out.println(JSON.writeValueAsString(line));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        out.flush();
    }
}
