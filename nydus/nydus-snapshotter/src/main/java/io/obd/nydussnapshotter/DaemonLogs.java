package io.obd.nydussnapshotter;

import io.obd.linux.DirectoryTree;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The logs of daemons that are gone, {@code logs/<id>} below the data directory. They stay for who wants to know why a daemon
 * ended, and are removed when they are old.
 */
final class DaemonLogs {
    private static final Logger LOG = LoggerFactory.getLogger(DaemonLogs.class);

    /** Where the snapshotter's own logs are kept for ever. */
    private static final Duration USUAL_AGE = Duration.ofDays(7);

    private static final Pattern LOG_FILE = Pattern.compile("nydusd.*\\.(log|out)([.-].*)?");

    private final Path directory;
    private final Duration age;
    private final InstantSource clock;
    private final Supplier<Set<String>> known;

    /**
     * @param root data directory
     * @param age how long logs are kept; zero for the usual time
     * @param known the daemons that there are
     */
    DaemonLogs(Path root, Duration age, InstantSource clock, Supplier<Set<String>> known) {
        this.directory = root.resolve("logs");
        this.age = age.isZero() ? USUAL_AGE : age;
        this.clock = clock;
        this.known = known;
    }

    /** Removes those that are too old. What a directory holds beside logs of a daemon leaves it as it is. */
    void removeOld() throws IOException {
        if (!Files.isDirectory(directory)) {
            return;
        }
        Instant limit = clock.instant().minus(age);
        // A daemon has its directories before it is known: only what is older than the look counts.
        Set<String> daemons = known.get();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, this::isDirectory)) {
            for (Path entry : entries) {
                if (!daemons.contains(entry.getFileName().toString()) && isOld(entry, limit)) {
                    DirectoryTree.delete(entry);
                    LOG.info("removed {}: the logs of a daemon that ended before {}", entry, limit);
                }
            }
        }
    }

    private boolean isDirectory(Path entry) {
        return Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS);
    }

    private static boolean isOld(Path logs, Instant limit) throws IOException {
        if (!Files.getLastModifiedTime(logs).toInstant().isBefore(limit)) {
            return false;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(logs)) {
            for (Path file : files) {
                if (!LOG_FILE.matcher(file.getFileName().toString()).matches()
                        || !Files.getLastModifiedTime(file).toInstant().isBefore(limit)) {
                    return false;
                }
            }
        }
        return true;
    }
}
