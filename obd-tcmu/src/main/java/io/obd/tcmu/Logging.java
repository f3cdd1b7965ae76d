package io.obd.tcmu;

import io.obd.image.ServiceConfig;
import io.obd.linux.Reason;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;

/** Sets up the log: standard error, and the file of the configuration if it names one. */
final class Logging {
    private static final List<String> LEVELS = List.of("debug", "info", "warn", "error");

    private Logging() {}

    /**
     * To be called before the first logger is made. Set as system properties, since tinylog takes no change once its
     * file of properties is read.
     *
     * @return what is wrong with the file: there is only standard error then, as devices matter more than their log
     */
    static Optional<String> configure(ServiceConfig.Log config) {
        set("level", LEVELS.get(config.level()));
        if (config.path().isEmpty()) {
            return Optional.empty();
        }
        try {
            open(Path.of(config.path()));
        } catch (IOException e) {
            return Optional.of("logPath: the log is written to standard error only: " + Reason.withCauses(e));
        }
        set("writerFile", "logfmt file");
        set("writerFile.file", config.path());
        set("writerFile.size", Long.toString(config.rotateSize()));
        set("writerFile.backups", Integer.toString(config.rotations()));
        return Optional.empty();
    }

    /** Looks whether the log will be able to: it tells nobody but the user, in its own words. */
    private static void open(Path file) throws IOException {
        Files.createDirectories(file.toAbsolutePath().resolveSibling(""));
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)
                .close();
    }

    private static void set(String key, String value) {
        System.setProperty("tinylog." + key, value);
    }
}
