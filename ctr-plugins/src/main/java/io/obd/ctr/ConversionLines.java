package io.obd.ctr;

import io.obd.convert.ConversionEvent;
import io.obd.convert.SourceLayer;
import java.io.PrintWriter;
import java.util.List;
import java.util.function.Consumer;

/** One line for each layer that is converted. */
final class ConversionLines implements Consumer<ConversionEvent> {
    private final PrintWriter out;
    private final String place;
    private PullText text = new PullText(List.of());

    /** @param place where the layers go, in words */
    ConversionLines(PrintWriter out, String place) {
        this.out = out;
        this.place = place;
    }

    @Override
    public synchronized void accept(ConversionEvent event) {
        switch (event) {
            case ConversionEvent.Started started ->
                text = new PullText(
                        started.layers().stream().map(SourceLayer::blob).toList());
            case ConversionEvent.Converted done ->
                out.println(text.name(done.layer().index()) + ": converted, "
                        + PullText.size(done.layer().blob().size()) + " became "
                        + PullText.size(done.result().descriptor().size()));
            case ConversionEvent.Uploaded done
            when done.existed() -> out.println(text.name(done.layer().index()) + ": the result was in " + place);
            case ConversionEvent.Reused done ->
                out.println(text.name(done.layer().index()) + ": converted before, the result is in " + place);
            case ConversionEvent.NotReused failed ->
                out.println(text.name(failed.layer().index()) + ": is converted again: "
                        + failed.why().getMessage());
            default -> {}
        }
        out.flush();
    }
}
