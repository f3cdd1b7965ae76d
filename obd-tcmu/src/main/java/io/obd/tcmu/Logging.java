package io.obd.tcmu;

import io.obd.image.ServiceConfig;
import java.util.List;
import org.tinylog.configuration.Configuration;

/** Sets up the log: standard error, and the file of the configuration if it names one. */
final class Logging {
    private static final List<String> LEVELS = List.of("debug", "info", "warn", "error");

    private Logging() {}

    /** To be called before the first logger is made. */
    static void configure(ServiceConfig.Log config) {
        Configuration.set("level", LEVELS.get(config.level()));
        if (!config.path().isEmpty()) {
            Configuration.set("writerFile", "rolling file");
            Configuration.set("writerFile.latest", config.path());
            Configuration.set("writerFile.file", config.path() + ".{count}");
            Configuration.set("writerFile.format", Configuration.get("writer.format"));
            Configuration.set("writerFile.policies", "size: " + config.rotateSize());
            Configuration.set("writerFile.backups", Integer.toString(config.rotations()));
        }
    }
}
