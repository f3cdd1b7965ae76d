package io.obd.convertor;

import io.obd.convert.ConversionEvent;
import org.slf4j.Logger;

/** One line per step that is done, in the original's words. */
final class ProgressLines implements Progress {
    private final Logger log;

    ProgressLines(Logger log) {
        this.log = log;
    }

    @Override
    public void accept(ConversionEvent event) {
        switch (event) {
            case ConversionEvent.Started started ->
                log.info("converting {} layers", started.layers().size());
            case ConversionEvent.Downloaded done ->
                log.info("downloaded layer {}", done.layer().index());
            case ConversionEvent.Converted done ->
                log.info("layer {} converted", done.layer().index());
            case ConversionEvent.Uploaded done ->
                log.info("layer {} {}", done.layer().index(), done.existed() ? "exists" : "uploaded");
            case ConversionEvent.ConfigUploaded done -> log.info("config uploaded");
            case ConversionEvent.ManifestUploaded done -> log.info("manifest uploaded, {}", done.digest());
            case ConversionEvent.Consumed amount -> {}
            case ConversionEvent.Sent amount -> {}
        }
    }

    @Override
    public void close() {}
}
