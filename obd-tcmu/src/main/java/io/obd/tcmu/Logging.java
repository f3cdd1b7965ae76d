package io.obd.tcmu;

import io.obd.image.ServiceConfig;
import java.util.List;

/** Sets up the log: standard error, and the file of the configuration if it names one. */
final class Logging {
    private static final List<String> LEVELS = List.of("debug", "info", "warn", "error");

    private Logging() {}

    /**
     * To be called before the first logger is made. Set as system properties, since tinylog takes no change once its
     * file of properties is read.
     */
    static void configure(ServiceConfig.Log config) {
        set("level", LEVELS.get(config.level()));
        if (!config.path().isEmpty()) {
            set("writerFile", "logfmt file");
            set("writerFile.file", config.path());
            set("writerFile.size", Long.toString(config.rotateSize()));
            set("writerFile.backups", Integer.toString(config.rotations()));
        }
    }

    private static void set(String key, String value) {
        System.setProperty("tinylog." + key, value);
    }
}
