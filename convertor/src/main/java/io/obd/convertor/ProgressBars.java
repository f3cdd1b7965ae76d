package io.obd.convertor;

import io.obd.convert.ConversionEvent;
import io.obd.convert.SourceLayer;
import java.io.PrintStream;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import me.tongfei.progressbar.InteractiveConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * A bar per layer, from the first byte that is built to the last that is uploaded: bytes of the source, then bytes of
 * the result. Layers that nothing happens to yet have no bar, as a terminal has few lines.
 */
final class ProgressBars implements Progress {
    private static final int INTERVAL_MILLIS = 200;
    private static final long MIB = 1 << 20;

    private final PrintStream out;
    private final Map<String, ProgressBar> bars = new TreeMap<>();

    ProgressBars(PrintStream out) {
        this.out = out;
    }

    @Override
    public Consumer<ConversionEvent> image(String name) {
        return event -> show(event, name.isEmpty() ? "" : name + " ");
    }

    private synchronized void show(ConversionEvent event, String of) {
        switch (event) {
            case ConversionEvent.Consumed amount -> bar(of, amount.layer()).stepBy(amount.bytes());
            case ConversionEvent.Converted done ->
                bar(of, done.layer())
                        .maxHint(done.layer().blob().size()
                                + done.result().descriptor().size())
                        .setExtraMessage("uploading");
            case ConversionEvent.Sent amount ->
                bar(of, amount.layer()).stepTo(amount.layer().blob().size() + amount.bytes());
            case ConversionEvent.Uploaded done -> finish(of, done.layer(), done.existed() ? "exists" : "done");
            case ConversionEvent.Reused done -> {
                bar(of, done.layer());
                finish(of, done.layer(), "reused");
            }
            case ConversionEvent.Started _,
                    ConversionEvent.NotReused _,
                    ConversionEvent.ImageReused _,
                    ConversionEvent.BaseUploaded _,
                    ConversionEvent.TopUploaded _,
                    ConversionEvent.Downloaded _,
                    ConversionEvent.ConfigUploaded _,
                    ConversionEvent.ManifestUploaded _ -> {}
        }
    }

    @Override
    public synchronized void close() {
        bars.values().forEach(ProgressBar::close);
        bars.clear();
    }

    private ProgressBar bar(String of, SourceLayer layer) {
        return bars.computeIfAbsent(
                name(of, layer),
                name -> new ProgressBarBuilder()
                        .setTaskName(name)
                        .setInitialMax(2 * layer.blob().size())
                        .setUnit(" MiB", MIB)
                        .showSpeed()
                        .setStyle(ProgressBarStyle.ASCII)
                        .setUpdateIntervalMillis(INTERVAL_MILLIS)
                        .setConsumer(new InteractiveConsoleProgressBarConsumer(out))
                        .build());
    }

    private static String name(String of, SourceLayer layer) {
        return of + "layer " + layer.index();
    }

    private void finish(String of, SourceLayer layer, String how) {
        @Nullable ProgressBar bar = bars.remove(name(of, layer));
        if (bar != null) {
            bar.stepTo(bar.getMax()).setExtraMessage(how).close();
        }
    }
}
