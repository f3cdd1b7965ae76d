package io.obd.convertor;

import io.obd.convert.ConversionEvent;
import java.util.function.Consumer;
import org.slf4j.Logger;

/** One line per step that is done, in the original's words. */
final class ProgressLines implements Progress {
    private final Logger log;

    ProgressLines(Logger log) {
        this.log = log;
    }

    @Override
    public Consumer<ConversionEvent> image(String name) {
        String of = name.isEmpty() ? "" : name + ": ";
        return event -> show(event, of);
    }

    private void show(ConversionEvent event, String of) {
        switch (event) {
            case ConversionEvent.Started started ->
                log.info("{}converting {} layers", of, started.layers().size());
            case ConversionEvent.Downloaded done ->
                log.info("{}downloaded layer {}", of, done.layer().index());
            case ConversionEvent.Converted done ->
                log.info("{}layer {} converted", of, done.layer().index());
            case ConversionEvent.Uploaded done ->
                log.info("{}layer {} {}", of, done.layer().index(), done.existed() ? "exists" : "uploaded");
            case ConversionEvent.Reused done ->
                log.info("{}layer {} reused: converted before", of, done.layer().index());
            case ConversionEvent.NotReused failed ->
                log.warn(
                        "{}layer {} is converted again: {}",
                        of,
                        failed.layer().index(),
                        failed.why().getMessage());
            case ConversionEvent.ImageReused _ -> log.info("{}converted before: reused", of);
            case ConversionEvent.BaseUploaded done ->
                log.info("{}base layer {}", of, done.existed() ? "exists" : "uploaded");
            case ConversionEvent.ConfigUploaded _ -> log.info("{}config uploaded", of);
            case ConversionEvent.ManifestUploaded done -> log.info("{}manifest uploaded, {}", of, done.digest());
            case ConversionEvent.Consumed _, ConversionEvent.Sent _ -> {}
        }
    }

    @Override
    public void close() {}
}
