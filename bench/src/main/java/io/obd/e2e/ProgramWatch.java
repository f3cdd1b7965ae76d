package io.obd.e2e;

import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Looks at a program that somebody below us starts and ends: its memory, and what its threads spend their time with. */
final class ProgramWatch implements AutoCloseable {
    private static final int INTERVAL_MILLIS = 50;

    /** Threads that took less than this are not worth a word. */
    private static final long NOTEWORTHY_MILLIS = 100;

    private final String mainClass;
    private final Thread sampler;
    private final Map<String, Long> threadMillis = new HashMap<>();
    private long peakBytes;
    private @Nullable IOException failure;
    private volatile boolean closed;

    /** @param mainClass what a program of ours has among its arguments */
    ProgramWatch(String mainClass) {
        this.mainClass = mainClass;
        this.sampler = Thread.ofPlatform().name("program-watch").start(this::sample);
    }

    private void sample() {
        try {
            while (!closed) {
                ProcessHandle.current()
                        .descendants()
                        .filter(process -> Arrays.asList(
                                        process.info().arguments().orElse(new String[0]))
                                .contains(mainClass))
                        .findAny()
                        .ifPresent(process -> take(ProcessProbe.of(process)));
                Thread.sleep(INTERVAL_MILLIS);
            }
        } catch (InterruptedException e) {
            closed = true;
        }
    }

    private void take(ProcessProbe probe) {
        try {
            peakBytes = Math.max(peakBytes, probe.peakResidentBytes());
            threadMillis.putAll(probe.threadMillis());
        } catch (IOException e) {
            failure = e;
        }
    }

    /** Stops looking; the figures can be read from then on. */
    @Override
    public void close() throws IOException {
        closed = true;
        try {
            sampler.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** The most resident memory the program had, in bytes. */
    long peakBytes() {
        return peakBytes;
    }

    /** Seconds of processor time of all threads. */
    double totalSeconds() {
        return threadMillis.values().stream().mapToLong(Long::longValue).sum() / 1e3;
    }

    /** Processor time by kind of thread, the greatest first: {@code layer-build 2.1 s, …}. */
    String threads() {
        Map<String, Long> kinds = threadMillis.entrySet().stream()
                .collect(Collectors.groupingBy(
                        entry -> kind(entry.getKey()), Collectors.summingLong(Map.Entry::getValue)));
        return kinds.entrySet().stream()
                .filter(entry -> entry.getValue() >= NOTEWORTHY_MILLIS)
                .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .map(entry -> "%s %.1f s".formatted(entry.getKey(), entry.getValue() / 1e3))
                .collect(Collectors.joining(", "));
    }

    /** A thread's name without its id and its number among its like. */
    private static String kind(String thread) {
        return thread.substring(thread.indexOf(' ') + 1).replaceAll("[-#\\d]+$", "");
    }
}
