package io.obd.nydusify;

import java.util.Locale;

/** How much is logged, in the original's words. */
enum LogLevel {
    PANIC("error"),
    FATAL("error"),
    ERROR("error"),
    WARN("warn"),
    WARNING("warn"),
    INFO("info"),
    DEBUG("debug"),
    TRACE("trace");

    private final String level;

    LogLevel(String level) {
        this.level = level;
    }

    /** Read by the log when the first logger is made. */
    void set() {
        System.setProperty("tinylog.level", level);
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
