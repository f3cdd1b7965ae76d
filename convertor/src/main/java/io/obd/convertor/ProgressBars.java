package io.obd.convertor;

import io.obd.convert.ConversionEvent;
import io.obd.convert.SourceLayer;
import java.io.PrintStream;
import java.util.Map;
import java.util.TreeMap;
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
    private final Map<Integer, ProgressBar> bars = new TreeMap<>();

    ProgressBars(PrintStream out) {
        this.out = out;
    }

    @Override
    public synchronized void accept(ConversionEvent event) {
        switch (event) {
            case ConversionEvent.Consumed amount -> bar(amount.layer()).stepBy(amount.bytes());
            case ConversionEvent.Converted done ->
                bar(done.layer())
                        .maxHint(done.layer().blob().size()
                                + done.result().descriptor().size())
                        .setExtraMessage("uploading");
            case ConversionEvent.Sent amount ->
                bar(amount.layer()).stepTo(amount.layer().blob().size() + amount.bytes());
            case ConversionEvent.Uploaded done -> finish(done.layer(), done.existed() ? "exists" : "done");
            case ConversionEvent.Started _,
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

    private ProgressBar bar(SourceLayer layer) {
        return bars.computeIfAbsent(
                layer.index(),
                index -> new ProgressBarBuilder()
                        .setTaskName("layer " + index)
                        .setInitialMax(2 * layer.blob().size())
                        .setUnit(" MiB", MIB)
                        .setStyle(ProgressBarStyle.ASCII)
                        .setUpdateIntervalMillis(INTERVAL_MILLIS)
                        .setConsumer(new InteractiveConsoleProgressBarConsumer(out))
                        .build());
    }

    private void finish(SourceLayer layer, String how) {
        @Nullable ProgressBar bar = bars.remove(layer.index());
        if (bar != null) {
            bar.stepTo(bar.getMax()).setExtraMessage(how).close();
        }
    }
}
