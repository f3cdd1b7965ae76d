package io.obd.convertor;

import io.obd.convert.ConversionEvent;
import io.obd.registry.Descriptor;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** What a conversion amounts to, over all its images: counted as it goes on, by several threads. */
final class Totals {
    private static final double MB = 1e6;

    private final long start = System.nanoTime();
    private int layers;
    private int reused;
    private long sourceBytes;
    private long resultBytes;

    /**
     * The figures.
     *
     * @param layers of all images
     * @param reused how many of them were converted before
     * @param sourceBytes of the layers, as they are in the source
     * @param resultBytes of the layers, as they are in the result
     */
    record Figures(int layers, int reused, long sourceBytes, long resultBytes, Duration time) {
        /** One line for people. */
        String text() {
            return String.format(
                    Locale.ROOT,
                    "%d layers, %d of them reused; %.1f MB became %.1f MB (%.0f %%) in %.1f s",
                    layers,
                    reused,
                    sourceBytes / MB,
                    resultBytes / MB,
                    sourceBytes == 0 ? 100.0 : 100.0 * resultBytes / sourceBytes,
                    time.toMillis() / 1000.0);
        }
    }

    /** Counts what happens to one more image before others are told. */
    Consumer<ConversionEvent> with(Consumer<ConversionEvent> listener) {
        return event -> {
            count(event);
            listener.accept(event);
        };
    }

    private synchronized void count(ConversionEvent event) {
        switch (event) {
            case ConversionEvent.Started started -> {
                layers += started.layers().size();
                sourceBytes += started.layers().stream()
                        .mapToLong(layer -> layer.blob().size())
                        .sum();
            }
            case ConversionEvent.Converted done ->
                resultBytes += done.result().descriptor().size();
            case ConversionEvent.Reused done -> {
                reused++;
                resultBytes += done.result().descriptor().size();
            }
            case ConversionEvent.NotReused failed -> {
                reused--;
                resultBytes -= failed.result().descriptor().size();
            }
            case ConversionEvent.ImageReused done -> {
                List<Descriptor> all = done.manifest().layers();
                reused += all.size();
                resultBytes += all.stream().mapToLong(Descriptor::size).sum();
            }
            case ConversionEvent.BaseUploaded base ->
                resultBytes += base.layer().descriptor().size();
            case ConversionEvent.TopUploaded top ->
                resultBytes += top.layer().descriptor().size();
            case ConversionEvent.Downloaded _,
                    ConversionEvent.Consumed _,
                    ConversionEvent.Sent _,
                    ConversionEvent.Uploaded _,
                    ConversionEvent.ConfigUploaded _,
                    ConversionEvent.ManifestUploaded _ -> {}
        }
    }

    /** A base layer counts among the reused ones of an image that is reused as a whole, but is none of its layers. */
    synchronized Figures figures() {
        return new Figures(
                layers,
                Math.min(reused, layers),
                sourceBytes,
                resultBytes,
                Duration.ofNanos(System.nanoTime() - start));
    }
}
