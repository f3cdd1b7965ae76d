package io.obd.snapshots;

import io.grpc.BindableService;
import io.obd.containerd.UnixSocketServer;
import io.obd.linux.ProcessEnd;
import io.obd.linux.Reason;
import io.obd.snapshots.credentials.CredentialsService;
import io.obd.snapshots.credentials.CriImageProxy;
import io.obd.snapshots.credentials.PulledCredentials;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.logging.Level;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A program that is a snapshotter: serves containerd until SIGTERM or SIGINT and ends with status 0 then; status 1 is a
 * failed start.
 */
public final class SnapshotterProgram {
    private static final Duration SHUTDOWN_GRACE = Duration.ofSeconds(20);

    private final Snapshotter snapshotter;
    private final UnixSocketServer server;

    /** Not static: how logs are written is in the configuration, which is read first. */
    private final Logger log = LoggerFactory.getLogger(SnapshotterProgram.class);

    private SnapshotterProgram(Snapshotter snapshotter, UnixSocketServer server) {
        this.snapshotter = snapshotter;
        this.server = server;
    }

    /** A part of a program's start or end. */
    public interface Step {
        void run() throws IOException;
    }

    /**
     * Runs the start of a program: it reads the configuration, sets up its log and serves. When it returns the program goes
     * on; when it fails it ends.
     */
    public static void run(Step start) {
        // gRPC logs past slf4j; what it has to tell below a warning concerns developers of gRPC.
        java.util.logging.Logger.getLogger("").setLevel(Level.WARNING);
        try {
            start.run();
        } catch (IOException e) {
            LoggerFactory.getLogger(SnapshotterProgram.class).error("cannot start: {}", Reason.of(e));
            System.exit(1);
        }
    }

    /**
     * Serves containerd.
     *
     * @param address unix socket
     * @param pulled is told the credentials of pulls that are seen here
     * @param runtime socket of the container runtime, if pulls of the kubelet are to go through us
     */
    public static SnapshotterProgram serve(
            Path address,
            Snapshotter snapshotter,
            BlockingCalls blocking,
            CallObserver observer,
            PulledCredentials pulled,
            Optional<Path> runtime)
            throws IOException {
        List<BindableService> services = new ArrayList<>(
                List.of(new SnapshotsService(snapshotter, observer, blocking), new CredentialsService(pulled)));
        runtime.ifPresent(socket -> services.add(new CriImageProxy(socket, pulled)));
        return new SnapshotterProgram(snapshotter, UnixSocketServer.startDirect(address, services));
    }

    /** Where containerd connects. */
    public Path socket() {
        return server.socket();
    }

    /**
     * Ends with the signal.
     *
     * @param stopping done first
     * @param stopped done when no call runs any more
     */
    public void endOnSignal(Step stopping, Step stopped) {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> end(stopping, stopped), "shutdown"));
    }

    /** Without the halt the status would be that of the signal. */
    private void end(Step stopping, Step stopped) {
        int status = 1;
        try {
            status = runAll(List.of(stopping, this::endCalls, stopped, snapshotter::close), log) ? 0 : 1;
            log.info("stopped");
        } finally {
            ProcessEnd.halt(status);
        }
    }

    private void endCalls() throws IOException {
        try {
            if (!server.shutdown(SHUTDOWN_GRACE)) {
                log.warn("calls were broken off after {} s", SHUTDOWN_GRACE.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while calls ended");
        }
    }

    /** One step of the end that fails keeps no other from being done; returns whether all went well. */
    static boolean runAll(List<Step> steps, Logger log) {
        boolean well = true;
        for (Step step : steps) {
            try {
                step.run();
            } catch (IOException e) {
                log.error("while stopping: {}", Reason.of(e));
                well = false;
            } catch (RuntimeException e) { // the edge of the thread
                log.error("while stopping", e);
                well = false;
            }
        }
        return well;
    }
}
