package io.obd.convert;

import java.util.function.Consumer;
import org.slf4j.Logger;

/** Logs a line for each step that is done, in the original's words. */
public final class EventLog implements Consumer<ConversionEvent> {
    private final Logger log;
    private final String of;
    private final String uploaded;

    /**
     * A log of one image.
     *
     * @param image name that tells it from the others of its index; empty if it is the only one
     * @param uploads whether the result goes anywhere
     */
    public EventLog(Logger log, String image, boolean uploads) {
        this.log = log;
        this.uploaded = uploads ? "uploaded" : "made, not uploaded";
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
                log.info("{}layer {} {}", of, done.layer().index(), done.existed() ? "exists" : uploaded);
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
                log.info("{}base layer {}", of, done.existed() ? "exists" : uploaded);
            case ConversionEvent.TopUploaded done ->
                log.info("{}top layer {}", of, done.existed() ? "exists" : uploaded);
            case ConversionEvent.ConfigUploaded _ -> log.info("{}config {}", of, uploaded);
            case ConversionEvent.ManifestUploaded done -> log.info("{}manifest {}, {}", of, uploaded, done.digest());
            case ConversionEvent.Consumed _, ConversionEvent.Sent _ -> {}
        }
    }
}
