package io.obd.nydusd;

import io.obd.logfmt.LogThreshold;

/** Sets up the log: standard error, or a file. */
final class Logging {
    private static final long MIB = 1 << 20;
    private static final int BACKUPS = 5;

    private Logging() {}

    /**
     * To be called before the first logger is made. Set as system properties, since tinylog takes no change once its
     * file of properties is read. The level can change, so tinylog takes everything where there is somebody to change it.
     */
    static void configure(Options options) {
        set("level", options.apiSocket == null ? options.logLevel : "trace");
        LogThreshold.set(options.logLevel);
        if (options.logFile != null) {
            String file = options.logFile.toString();
            String latest = String.valueOf(options.logFile.getFileName()).contains(".") ? file : file + ".log";
            set("writer", "logfmt file");
            set("writer.file", latest);
            if (options.logRotation > 0) {
                set("writer.size", Long.toString(options.logRotation * MIB));
                set("writer.backups", Integer.toString(BACKUPS));
            }
        }
    }

    private static void set(String key, String value) {
        System.setProperty("tinylog." + key, value);
    }
}
