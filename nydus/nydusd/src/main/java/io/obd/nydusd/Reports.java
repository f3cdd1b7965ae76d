package io.obd.nydusd;

import io.obd.commandline.Version;
import io.obd.nydusbackend.BackendCounters;
import io.obd.nydusbackend.config.Settings;
import io.obd.nydusd.data.CacheCounters;
import io.obd.rafs.Bootstrap;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/** What the API says of the daemon and its images; nothing in it is secret. */
final class Reports {
    /** The nydusctl of the originals reads this form only. */
    private static final DateTimeFormatter TIME = new DateTimeFormatterBuilder()
            .appendPattern("uuuu-MM-dd HH:mm:ss")
            .appendFraction(ChronoField.NANO_OF_SECOND, 1, 9, true)
            .appendLiteral(" +00:00:00")
            .toFormatter(Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private Reports() {}

    static String time(Instant time) {
        return TIME.format(time);
    }

    /** @param withImages whether the images are listed */
    static Map<String, Object> daemon(Daemon daemon, boolean withImages) {
        Map<String, Object> all = new TreeMap<>();
        all.put(
                "version",
                Map.of(
                        "package_ver", Version.TEXT,
                        "git_commit", Version.TEXT,
                        "build_time", "",
                        "profile", "release",
                        "rustc", ""));
        all.put("id", daemon.options().id);
        Path supervisor = daemon.options().supervisor;
        all.put("supervisor", supervisor == null ? null : supervisor.toString());
        all.put("state", daemon.state().name());
        if (withImages) {
            Map<String, Object> images = new TreeMap<>();
            daemon.images().forEach(image -> images.put(image.mountPoint(), image(image)));
            all.put("backend_collection", images);
        }
        return all;
    }

    private static Map<String, Object> image(MountedImage image) {
        Map<String, Object> all = new TreeMap<>();
        all.put("backend_type", "Rafs");
        all.put("mountpoint", image.mountPoint());
        all.put("mounted_time", time(image.mounted()));
        all.put("config", config(image.settings()));
        return all;
    }

    /** In the form of version 2. */
    private static Map<String, Object> config(Settings settings) {
        Map<String, Object> all = new TreeMap<>();
        all.put("version", 2);
        all.put("id", settings.id());
        all.put("backend", backend(settings.backend()));
        Settings.Prefetch fetch = settings.rafs().prefetch();
        Map<String, Object> prefetch = Map.of(
                "enable", fetch.enabled(),
                "threads", fetch.threads(),
                "batch_size", fetch.batch(),
                "bandwidth_limit", fetch.bytesPerSecond(),
                "prefetch_all", fetch.all());
        Map<String, Object> cache = new TreeMap<>();
        cache.put("type", settings.cache().directory().isPresent() ? "blobcache" : "");
        cache.put("validate", settings.cache().validate());
        cache.put("prefetch", prefetch);
        settings.cache()
                .directory()
                .ifPresent(directory -> cache.put("filecache", Map.of("work_dir", directory.toString())));
        all.put("cache", cache);
        Settings.Rafs served = settings.rafs();
        all.put(
                "rafs",
                Map.of(
                        "mode", served.mode(),
                        "batch_size", served.amplify(),
                        "validate", served.validate(),
                        "enable_xattr", served.xattrs(),
                        "iostats_files", served.fileCounters(),
                        "access_pattern", served.accessPattern(),
                        "latest_read_files", served.latestReads(),
                        "prefetch", prefetch));
        return all;
    }

    private static Map<String, Object> backend(Settings.Backend backend) {
        Map<String, Object> own =
                switch (backend) {
                    case Settings.LocalFs files ->
                        Map.of(
                                "blob_file",
                                        files.blobFile().map(Path::toString).orElse(""),
                                "dir",
                                        files.directories().isEmpty()
                                                ? ""
                                                : files.directories().getFirst().toString(),
                                "alt_dirs",
                                        files.directories().stream()
                                                .skip(1)
                                                .map(Path::toString)
                                                .toList());
                    case Settings.Registry registry ->
                        Map.of(
                                "scheme", registry.scheme(),
                                "host", registry.host(),
                                "repo", registry.repository(),
                                "skip_verify", registry.skipVerify(),
                                "timeout", registry.timeoutSeconds(),
                                "connect_timeout", registry.connectTimeoutSeconds(),
                                "retry_limit", registry.retries());
                };
        return Map.of("type", backend.type(), backend.type(), own);
    }

    /** The super block of an image. */
    static Map<String, Object> superBlock(MountedImage mounted) {
        Bootstrap image = mounted.image().bootstrap();
        Map<String, Object> all = new TreeMap<>();
        all.put("version", image.version().toString());
        all.put("flags", image.flags().bits());
        all.put("chunk_size", image.chunkSize());
        all.put("inodes_count", image.inodeCount());
        all.put("blobs", image.blobs().stream().map(blob -> blob.id()).toList());
        return all;
    }

    /** What was read from the backend of an image. */
    static Map<String, Object> backend(MountedImage image) {
        BackendCounters counters = image.backend().counters();
        Map<String, Object> all = new TreeMap<>();
        all.put("backend_type", image.backend().type());
        all.put("read_count", counters.reads.sum());
        all.put("read_errors", counters.errors.sum());
        all.put("read_amount_total", counters.bytes.sum());
        all.put("read_cumulative_latency_millis_total", counters.millis.sum());
        all.put("read_cumulative_latency_millis_dist", values(counters.millisBySize));
        all.put("read_count_block_size_dist", values(counters.bySize));
        all.put(
                "read_latency_sizes_dist",
                counters.byMillis.stream().map(Reports::values).toList());
        return all;
    }

    /** What the cache of an image has done. */
    static Map<String, Object> cache(MountedImage image) {
        CacheCounters counters = image.image().content().counters();
        Map<String, Object> all = new TreeMap<>();
        all.put("id", image.mountPoint());
        all.put(
                "underlying_files",
                image.image().content().files().stream()
                        .map(file -> String.valueOf(file.getFileName()))
                        .toList());
        all.put(
                "store_path",
                image.settings().cache().directory().map(Path::toString).orElse(""));
        all.put("partial_hits", 0);
        all.put("whole_hits", counters.wholeHits.sum());
        all.put("total", counters.total.sum());
        all.put("entries_count", counters.entries.sum());
        all.put("prefetch_data_amount", counters.prefetchedBytes.sum());
        all.put("prefetch_requests_count", counters.prefetchRequests.sum());
        all.put("prefetch_workers", counters.prefetchWorkers.get());
        all.put("prefetch_unmerged_chunks", 0);
        all.put("prefetch_cumulative_time_millis", counters.prefetchMillis.sum());
        putTime(all, "prefetch_begin_time", counters.prefetchBegan.get());
        putTime(all, "prefetch_end_time", counters.prefetchEnded.get());
        all.put("buffered_backend_size", 0);
        all.put("data_all_ready", false);
        return all;
    }

    private static void putTime(Map<String, Object> all, String name, long millis) {
        Instant time = Instant.ofEpochMilli(millis);
        all.put(name + "_secs", time.getEpochSecond());
        all.put(name + "_millis", time.getNano() / 1_000_000);
    }

    /** The reads that have no answer yet, null if there are none. */
    static @Nullable Object inFlight(Daemon daemon) {
        List<Map<String, Object>> all = new ArrayList<>();
        daemon.readsUnderWay()
                .forEach(read -> all.add(Map.of(
                        "inode", read.node(),
                        "opcode", read.opcode(),
                        "unique", read.unique(),
                        "timestamp_secs", read.began().getEpochSecond())));
        return all.isEmpty() ? null : all;
    }

    private static List<Long> values(AtomicLongArray counters) {
        List<Long> values = new ArrayList<>();
        for (int i = 0; i < counters.length(); i++) {
            values.add(counters.get(i));
        }
        return values;
    }
}
