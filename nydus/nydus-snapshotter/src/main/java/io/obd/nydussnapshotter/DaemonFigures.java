package io.obd.nydussnapshotter;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What daemons say of themselves when they are asked, at the intervals that the configuration has for it. */
final class DaemonFigures {
    private static final Logger LOG = LoggerFactory.getLogger(DaemonFigures.class);

    private final Supplier<Collection<Daemon>> daemons;
    private final Duration patience;
    private final InstantSource clock;
    private volatile Map<String, List<Double>> images = Map.of();
    private volatile Map<ReadHistogram, Map<String, List<Long>>> histograms = Map.of();
    private volatile long hungReads;

    /** @param patience a read that takes longer hangs */
    DaemonFigures(Supplier<Collection<Daemon>> daemons, Duration patience, InstantSource clock) {
        this.daemons = daemons;
        this.patience = patience;
        this.clock = clock;
    }

    /** By image, the values of {@link ImageSeries#ALL} in their order, when it was looked last. */
    Map<String, List<Double>> images() {
        return images;
    }

    /** Numbers of reads by image, when it was looked last. */
    Map<String, List<Long>> reads(ReadHistogram histogram) {
        return histograms.getOrDefault(histogram, Map.of());
    }

    /** Reads that hung when it was looked last. */
    long hungReads() {
        return hungReads;
    }

    /** Asks all daemons about their images. */
    void collectImages() {
        Map<String, double[]> sums = new HashMap<>();
        Map<ReadHistogram, Map<String, List<Long>>> counts = new HashMap<>();
        for (Daemon daemon : daemons.get()) {
            for (RafsInstance instance : daemon.instances()) {
                try {
                    ImageSeries.Answers answers = daemon.answers(instance);
                    add(sums.computeIfAbsent(instance.image(), image -> new double[ImageSeries.ALL.size()]), answers);
                    add(counts, instance.image(), answers);
                } catch (NydusdException e) {
                    LOG.debug("no figures of {}: {}", instance.image(), e.getMessage());
                }
            }
        }
        Map<String, List<Double>> values = new HashMap<>();
        sums.forEach((image, sum) ->
                values.put(image, java.util.Arrays.stream(sum).boxed().toList()));
        images = Map.copyOf(values);
        histograms = Map.copyOf(counts);
    }

    private static void add(
            Map<ReadHistogram, Map<String, List<Long>>> counts, String image, ImageSeries.Answers answers) {
        for (ReadHistogram histogram : ReadHistogram.ALL) {
            List<Long> own = histogram.counts(answers.reads());
            if (!own.isEmpty()) {
                counts.computeIfAbsent(histogram, _ -> new HashMap<>()).merge(image, own, DaemonFigures::sums);
            }
        }
    }

    private static List<Long> sums(List<Long> one, List<Long> other) {
        return IntStream.range(0, one.size())
                .mapToObj(i -> one.get(i) + other.get(i))
                .toList();
    }

    /** The same image may be there in several versions. */
    private static void add(double[] sums, ImageSeries.Answers answers) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += ImageSeries.ALL.get(i).value().applyAsDouble(answers);
        }
    }

    /** Asks all daemons which reads have no answer yet. */
    void collectHungReads() {
        Instant latest = clock.instant().minus(patience);
        long hung = 0;
        for (Daemon daemon : daemons.get()) {
            try {
                hung += daemon.api().readsUnderWay().stream()
                        .filter(began -> !began.isAfter(latest))
                        .count();
            } catch (NydusdException e) {
                LOG.debug("no reads of nydusd {}: {}", daemon.id(), e.getMessage());
            }
        }
        if (hung > 0 && hungReads == 0) {
            LOG.warn("{} reads of images have had no answer for {} s", hung, patience.toSeconds());
        }
        hungReads = hung;
    }
}
