package io.obd.ctr;

import java.io.PrintStream;
import java.time.Instant;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/**
 * What the libraries report, in the form of the daemons' logs: only grave matters, and warnings of our own; with {@code
 * --debug} everything but the frames of gRPC, in which passwords are.
 */
public final class Log extends Handler {
    /** Held here, as the log manager does not hold it. */
    private final Logger ours = Logger.getLogger("io.obd");

    private final Logger grpc = Logger.getLogger("io.grpc");
    private final SimpleFormatter formatter = new SimpleFormatter();
    private final PrintStream out;

    private Log(PrintStream out) {
        this.out = out;
    }

    /** Takes the place of what the platform would print. */
    public static void install(PrintStream out, boolean debug) {
        install(out, debug ? Level.FINE : Level.SEVERE, debug ? Level.FINE : Level.WARNING);
    }

    /**
     * Takes the place of what the platform would print.
     *
     * @param others what is shown of libraries
     * @param own what is shown of ours
     */
    public static void install(PrintStream out, Level others, Level own) {
        LogManager.getLogManager().reset();
        Logger root = Logger.getLogger("");
        Log log = new Log(out);
        root.addHandler(log);
        root.setLevel(others);
        log.ours.setLevel(own);
        log.grpc.setLevel(others.intValue() < Level.INFO.intValue() ? Level.INFO : others);
    }

    @Override
    public void publish(LogRecord record) {
        String cause = record.getThrown() == null
                ? ""
                : " error=" + quoted(record.getThrown().toString());
        out.println("time=\"" + Instant.ofEpochMilli(record.getMillis()) + "\" level=" + level(record.getLevel())
                + " msg=" + quoted(formatter.formatMessage(record)) + cause);
    }

    private static String quoted(String value) {
        String escaped = value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
        return "\"" + escaped + "\"";
    }

    private static String level(Level level) {
        if (level.intValue() >= Level.SEVERE.intValue()) {
            return "error";
        }
        if (level.intValue() >= Level.WARNING.intValue()) {
            return "warning";
        }
        return level.intValue() >= Level.INFO.intValue() ? "info" : "debug";
    }

    @Override
    public void flush() {
        out.flush();
    }

    @Override
    public void close() {}
}
