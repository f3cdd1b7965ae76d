package io.obd.nydusd.fs;

import io.obd.fuse.FuseObserver;
import io.obd.nydusbackend.BackendCounters;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.LongStream;

/** What was asked of an image. The classes of durations and sizes are those that clients of the API know. */
public final class ImageCounters {
    /** Upper bounds of the classes of durations, in microseconds; what is longer is in one more. */
    private static final long[] BOUNDS = {200, 1000, 20_000, 50_000, 500_000, 1_000_000, 2_000_000};

    private static final List<FuseObserver.Kind> KINDS = List.of(FuseObserver.Kind.values());

    private final boolean countFiles;
    private final boolean notePattern;
    private final boolean noteLatest;
    private final Map<FuseObserver.Kind, LongAdder> hits = counters();
    private final Map<FuseObserver.Kind, LongAdder> errors = counters();
    private final LongAdder readMicros = new LongAdder();
    private final AtomicLongArray byMicros = new AtomicLongArray(BOUNDS.length + 1);
    private final AtomicLongArray bySize = new AtomicLongArray(BackendCounters.SIZE_CLASSES);
    private final LongAdder bytes = new LongAdder();
    private final AtomicLong open = new AtomicLong();
    private final Map<Long, FileCounters> files = new ConcurrentHashMap<>();

    /** What was asked of a file. */
    public static final class FileCounters {
        private final LongAdder reads = new LongAdder();
        private final LongAdder failures = new LongAdder();
        private final LongAdder bytes = new LongAdder();
        private final AtomicLongArray bySize = new AtomicLongArray(BackendCounters.SIZE_CLASSES);
        private final long firstSeconds;
        private final int firstNanoseconds;
        private volatile boolean recent;

        private FileCounters() {
            Instant first = Instant.now();
            firstSeconds = first.getEpochSecond();
            firstNanoseconds = first.getNano();
        }
    }

    /**
     * @param countFiles whether reads are counted for each file
     * @param notePattern whether it is noted which file was read when first
     * @param noteLatest whether it is noted which files were read lately
     */
    public ImageCounters(boolean countFiles, boolean notePattern, boolean noteLatest) {
        this.countFiles = countFiles;
        this.notePattern = notePattern;
        this.noteLatest = noteLatest;
    }

    private static Map<FuseObserver.Kind, LongAdder> counters() {
        Map<FuseObserver.Kind, LongAdder> counters = new EnumMap<>(FuseObserver.Kind.class);
        KINDS.forEach(kind -> counters.put(kind, new LongAdder()));
        return counters;
    }

    private static void count(Map<FuseObserver.Kind, LongAdder> counters, FuseObserver.Kind kind) {
        Objects.requireNonNull(counters.get(kind)).increment();
    }

    private static long value(Map<FuseObserver.Kind, LongAdder> counters, FuseObserver.Kind kind) {
        return Objects.requireNonNull(counters.get(kind)).sum();
    }

    /** A request without data was answered. */
    void answered(FuseObserver.Kind kind, boolean failed) {
        count(failed ? errors : hits, kind);
        if (!failed && kind == FuseObserver.Kind.OPEN) {
            open.incrementAndGet();
        } else if (!failed && kind == FuseObserver.Kind.RELEASE) {
            // What the daemon before this one opened may be released here.
            open.updateAndGet(files -> Math.max(0, files - 1));
        }
    }

    /** A read ended. */
    void read(long file, long length, long nanos, boolean failed) {
        count(failed ? errors : hits, FuseObserver.Kind.READ);
        long took = nanos / 1000;
        readMicros.add(took);
        byMicros.incrementAndGet(BackendCounters.classOf(took, BOUNDS));
        if (failed) {
            if (countFiles) {
                files.computeIfAbsent(file, _ -> new FileCounters()).failures.increment();
            }
            return;
        }
        bytes.add(length);
        int size = BackendCounters.sizeClass(length);
        bySize.incrementAndGet(size);
        if (countFiles || notePattern || noteLatest) {
            FileCounters counters = files.computeIfAbsent(file, _ -> new FileCounters());
            counters.reads.increment();
            counters.bytes.add(length);
            counters.bySize.incrementAndGet(size);
            counters.recent = true;
        }
    }

    /** Whether reads are counted for each file. */
    public boolean countsFiles() {
        return countFiles;
    }

    /** Whether it is noted which file was read when first. */
    public boolean notesPattern() {
        return notePattern;
    }

    /** Whether it is noted which files were read lately. */
    public boolean notesLatest() {
        return noteLatest;
    }

    /** The global counters, as the API has them. */
    public Map<String, Object> summary(String id) {
        Map<String, Object> all = new TreeMap<>();
        all.put("files_account_enabled", countFiles);
        all.put("access_pattern_enabled", notePattern);
        all.put("record_latest_read_files_enabled", noteLatest);
        all.put("measure_latency", true);
        all.put("id", id);
        all.put("nr_opens", open.get());
        all.put("data_read", bytes.sum());
        all.put("block_count_read", values(bySize));
        all.put("fop_hits", KINDS.stream().map(kind -> value(hits, kind)).toList());
        all.put("fop_errors", KINDS.stream().map(kind -> value(errors, kind)).toList());
        all.put("fop_cumulative_latency_total", ofReads(readMicros));
        all.put("read_latency_dist", values(byMicros));
        return all;
    }

    /** The counters of each file that was read, by its number within the image. */
    public Map<String, Object> perFile() {
        Map<String, Object> all = new TreeMap<>();
        files.forEach((file, counters) -> all.put(
                Long.toString(file),
                Map.of(
                        "total_fops", counters.reads.sum() + counters.failures.sum(),
                        "data_read", counters.bytes.sum(),
                        "block_count_read", values(counters.bySize),
                        "fop_hits", ofReads(counters.reads),
                        "fop_errors", ofReads(counters.failures))));
        return all;
    }

    /** A figure for each kind of request, of which only reads have one. */
    private static List<Long> ofReads(LongAdder reads) {
        return KINDS.stream()
                .map(kind -> kind == FuseObserver.Kind.READ ? reads.sum() : 0L)
                .toList();
    }

    /**
     * The files that were read since this was last asked for, by their numbers within the image: one number, or the first
     * and the last of several that follow each other.
     */
    public List<List<Long>> latest() {
        List<List<Long>> ranges = new ArrayList<>();
        for (long file : takeRecent()) {
            List<Long> last = ranges.isEmpty() ? List.of() : ranges.getLast();
            if (!last.isEmpty() && last.getLast() == file - 1) {
                ranges.set(ranges.size() - 1, List.of(last.getFirst(), file));
            } else {
                ranges.add(List.of(file));
            }
        }
        return ranges;
    }

    private List<Long> takeRecent() {
        return files.entrySet().stream()
                .filter(file -> {
                    boolean recent = file.getValue().recent;
                    file.getValue().recent = false;
                    return recent;
                })
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
    }

    /** Which files were read, how often, and when first. */
    public List<Map<String, Object>> pattern() {
        return files.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(file -> Map.<String, Object>of(
                        "ino",
                        file.getKey(),
                        "nr_read",
                        file.getValue().reads.sum(),
                        "first_access_time_secs",
                        file.getValue().firstSeconds,
                        "first_access_time_nanos",
                        file.getValue().firstNanoseconds))
                .toList();
    }

    private static List<Long> values(AtomicLongArray counters) {
        return LongStream.range(0, counters.length())
                .map(i -> counters.get((int) i))
                .boxed()
                .toList();
    }
}
