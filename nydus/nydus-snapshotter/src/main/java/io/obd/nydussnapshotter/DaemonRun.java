package io.obd.nydussnapshotter;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One process of a daemon, from the moment it serves to its end. */
final class DaemonRun {
    private static final Logger LOG = LoggerFactory.getLogger(DaemonRun.class);

    private static final Duration END_LIMIT = Duration.ofSeconds(5);

    private final String daemon;
    private final DaemonProcess process;
    private final NydusdClient api;
    private final DaemonOutput output;
    private final long startedAt = System.nanoTime();
    private volatile String version = "";
    private volatile double startupCpu;

    /** What is done when a process has ended. */
    interface Ended {
        void run(DaemonRun run) throws IOException;
    }

    /**
     * @param daemon whose process it is
     * @param output what it writes
     */
    DaemonRun(String daemon, DaemonProcess process, NydusdClient api, DaemonOutput output) {
        this.daemon = daemon;
        this.process = process;
        this.api = api;
        this.output = output;
    }

    DaemonProcess process() {
        return process;
    }

    NydusdClient api() {
        return api;
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** What its program says that it is; empty if it does not. */
    String version() {
        return version;
    }

    /** How long it has served so far. */
    Duration age() {
        return Duration.ofNanos(System.nanoTime() - startedAt);
    }

    /** Percent of a processor that it used in its first seconds, if that is looked at. */
    double startupCpu() {
        return startupCpu;
    }

    /**
     * Looks after it from now on, and after what it writes.
     *
     * @param ended called when the process ends, whatever ended it
     */
    void watch(Ended ended) {
        output.follow();
        askVersion();
        Thread.ofVirtual().name("nydusd-" + daemon).start(() -> {
            try {
                new DaemonWatch(process).await();
                finishOutput();
                ended.run(this);
            } catch (InterruptedException e) {
                LOG.debug("nydusd {} is not watched any more", daemon);
            } catch (IOException | RuntimeException e) { // the edge of the thread
                LOG.error("nydusd {} is not watched any more", daemon, e);
            }
        });
    }

    private void askVersion() {
        try {
            version = api.status().version().number();
        } catch (NydusdException e) {
            LOG.debug("nydusd {}: {}", daemon, e.getMessage());
        }
    }

    /** Looks how much it computes over so much time from now on; zero for not at all. */
    void profile(Duration time) {
        if (time.isZero()) {
            return;
        }
        Thread.ofVirtual().name("profile-" + daemon).start(() -> {
            try {
                double before = ProcessUsage.of(process.pid()).seconds();
                Thread.sleep(time);
                startupCpu = (ProcessUsage.of(process.pid()).seconds() - before) * 100 / time.toSeconds();
            } catch (IOException | InterruptedException e) {
                LOG.debug("nydusd {} ended while it was looked at: {}", daemon, e.getMessage());
            }
        });
    }

    /** Kills it: it was to serve, and cannot. */
    void abandon() {
        process.handle().destroyForcibly();
        finishOutput();
    }

    /** A log that takes no more must not keep another process from following. */
    private void finishOutput() {
        try {
            output.finish();
        } catch (IOException e) {
            LOG.error("what nydusd {} wrote last stays in {}: {}", daemon, output.file(), e.getMessage());
        }
    }

    /** Ends it: by its API, by SIGTERM, by SIGKILL. */
    void end() throws InterruptedIOException {
        end(ProcessHandle::destroy, ProcessHandle::destroyForcibly);
    }

    /** Ends it, but leaves what it has mounted to its successor, which SIGTERM would not: by its API, by SIGKILL. */
    void endAndLeaveTheMount() throws InterruptedIOException {
        end(ProcessHandle::destroyForcibly);
    }

    @SafeVarargs
    private void end(Consumer<ProcessHandle>... ways) throws InterruptedIOException {
        try {
            api.exit();
        } catch (NydusdException e) {
            LOG.debug("nydusd {}: {}", daemon, e.getMessage());
        }
        try {
            for (Consumer<ProcessHandle> way : ways) {
                if (process.awaitEnd(END_LIMIT)) {
                    break;
                }
                way.accept(process.handle());
            }
            process.awaitEnd(END_LIMIT);
            finishOutput();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while nydusd " + daemon + " ended");
        }
    }
}
