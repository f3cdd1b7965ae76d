package io.obd.e2e;

import java.io.IOException;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** A daemon of the stack, that can be stopped and started again. */
abstract class Service implements AutoCloseable {
    private @Nullable Daemon daemon;

    /** Starts the program without waiting for it: for what it has to refuse. */
    abstract Daemon launch() throws IOException;

    /** Where it serves. */
    abstract SocketAddress address();

    /** Starts the program; returns when it serves. */
    void start() throws IOException, InterruptedException {
        Daemon started = launch();
        daemon = started;
        started.awaitListening(address());
    }

    /** Starts the program again and does not wait until it serves. */
    void restart() throws IOException {
        daemon = launch();
    }

    void stop() {
        if (daemon != null) {
            daemon.close();
            daemon = null;
        }
    }

    /** Ends the program as a crash would. */
    void kill() throws InterruptedException {
        if (daemon != null) {
            daemon.kill();
            daemon = null;
        }
    }

    ProcessHandle process() {
        if (daemon == null) {
            throw new IllegalStateException("not running");
        }
        return daemon.process();
    }

    @Override
    public void close() {
        stop();
    }
}
