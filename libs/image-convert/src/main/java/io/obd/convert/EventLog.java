package io.obd.convert;

import java.util.function.Consumer;
import org.slf4j.Logger;

/** Logs a line for each step that is done, in the original's words. */
public final class EventLog implements Consumer<ConversionEvent> {
    private final Logger log;
    private final String of;

    /** @param image name that tells it from the others of its index; empty if it is the only one */
    public EventLog(Logger log, String image) {
        this.log = log;
        this.of = image.isEmpty() ? "" : image + ": ";
    }

    @Override
    public void accept(ConversionEvent event) {
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
            case ConversionEvent.TopUploaded done ->
                log.info("{}top layer {}", of, done.existed() ? "exists" : "uploaded");
            case ConversionEvent.ConfigUploaded _ -> log.info("{}config uploaded", of);
            case ConversionEvent.ManifestUploaded done -> log.info("{}manifest uploaded, {}", of, done.digest());
            case ConversionEvent.Consumed _, ConversionEvent.Sent _ -> {}
        }
    }
}
