package io.obd.nydussnapshotter;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.TimeZone;

/**
 * The snapshotter's log, on standard output or in files. One that is full is put aside; its name has the time at which
 * that was.
 *
 * <pre>
 * nydus-snapshotter.log                               the newest
 * nydus-snapshotter-2026-01-02T03-04-05.678.log[.gz]
 * </pre>
 */
final class LogFiles {
    private static final String NAME = "nydus-snapshotter";
    private static final long MIB = 1 << 20;
    private static final Duration LOOKS = Duration.ofHours(1);

    private LogFiles() {}

    /** Says where it goes; to be called before anything is logged. */
    static void set(SnapshotterConfig.Log log) throws IOException {
        System.setProperty("tinylog.level", log.level());
        if (log.stdout()) {
            return;
        }
        Files.createDirectories(
                log.directory(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        if (!log.localTime()) {
            TimeZone.setDefault(TimeZone.getTimeZone("UTC")); // lines have UTC in any case, names have the default
        }
        System.setProperty("tinylog.writer", "logfmt file");
        System.setProperty("tinylog.writer.file", latest(log).toString());
        System.setProperty("tinylog.writer.size", Long.toString(log.size() * MIB));
        System.setProperty("tinylog.writer.backups", Long.toString(log.backups()));
        System.setProperty("tinylog.writer.dated", "true");
        System.setProperty("tinylog.writer.compress", Boolean.toString(log.compress()));
    }

    /** Removes files from now on that are too old. */
    static void expire(SnapshotterConfig.Log log) throws IOException {
        if (!log.stdout() && !log.age().isZero()) {
            removeOld(log, InstantSource.system());
            Housekeeping.every(LOOKS, "log", () -> removeOld(log, InstantSource.system()));
        }
    }

    static void removeOld(SnapshotterConfig.Log log, InstantSource clock) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(log.directory(), NAME + "-*.log*")) {
            for (Path file : files) {
                boolean old = Files.getLastModifiedTime(file)
                        .toInstant()
                        .isBefore(clock.instant().minus(log.age()));
                boolean newest = Files.exists(latest(log)) && Files.isSameFile(file, latest(log));
                if (old && !newest) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    private static Path latest(SnapshotterConfig.Log log) {
        return log.directory().resolve(NAME + ".log");
    }
}
