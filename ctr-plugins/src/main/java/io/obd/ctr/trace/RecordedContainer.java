package io.obd.ctr.trace;

import io.obd.ctr.client.CtrException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A container that runs for a while on a device whose reads are recorded. Its time begins when the device is attached and the
 * container made. When its time is over it is asked to end, and after the same time again it is made to.
 */
final class RecordedContainer {
    private static final String RECORD = "containerd.io/snapshot/overlaybd/record-trace=yes";
    private static final String PATH = "containerd.io/snapshot/overlaybd/record-trace-path=";
    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration KILL_LIMIT = Duration.ofSeconds(10);

    private final SystemCtr ctr;
    private final RecordingRequest request;
    private final StopRequest stop;
    private final PrintWriter out;

    RecordedContainer(SystemCtr ctr, RecordingRequest request, StopRequest stop, PrintWriter out) {
        this.ctr = ctr;
        this.request = request;
        this.stop = stop;
        this.out = out;
    }

    /**
     * Runs it to its end.
     *
     * @param id of the container
     * @param network of its own, if it has one
     */
    void run(String id, TraceFile trace, Optional<Path> network) throws CtrException, InterruptedException {
        say("Create container");
        Process process = ctr.start(arguments(id, trace, network));
        try {
            awaitTask(process, trace);
            if (trace.hadTask()) {
                say("Task is running ...");
            }
            if (endsWithin(process, request.time(), true)) {
                say(stop.isRequested() ? "Stopped ..." : "Task finished before timeout ...");
            } else {
                say(stop.isRequested() ? "Stopped, the task is asked to end ..." : "Timeout, stop recording ...");
                process.destroy(); // SIGTERM, which ctr hands on
                if (!endsWithin(process, request.time(), false)) {
                    say("The task does not end, it is killed ...");
                    kill(id, process);
                }
            }
        } finally {
            process.destroyForcibly();
        }
        if (!trace.hadTask()) {
            throw new CtrException(
                    "the container was not started: ctr run ended with exit code " + process.exitValue(),
                    "what it printed says why; no image is made",
                    null);
        }
    }

    private List<String> arguments(String id, TraceFile trace, Optional<Path> network) {
        List<String> arguments = new ArrayList<>(List.of(
                "run",
                "--rm",
                "--snapshotter",
                request.snapshotter(),
                "--runtime",
                request.runtime(),
                "--pid-file",
                trace.pidFile().toString(),
                "--snapshotter-label",
                RECORD,
                "--snapshotter-label",
                PATH + trace.path()));
        network.ifPresent(path -> arguments.addAll(List.of("--with-ns", "network:" + path)));
        arguments.add(request.image());
        arguments.add(id);
        arguments.addAll(request.command());
        return arguments;
    }

    /** Waits until there is a task, ctr has ended without one, or the user wants no more of it. */
    private void awaitTask(Process process, TraceFile trace) throws InterruptedException {
        boolean ended = false;
        while (!ended && !trace.hadTask() && !stop.isRequested()) {
            ended = process.waitFor(POLL.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private boolean endsWithin(Process process, Duration time, boolean unlessStopped) throws InterruptedException {
        long deadline = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < deadline) {
            if (process.waitFor(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
                return true;
            }
            if (unlessStopped && stop.isRequested()) {
                return false;
            }
        }
        return false;
    }

    private void kill(String id, Process process) throws CtrException, InterruptedException {
        Process kill = ctr.startQuietly(List.of("task", "kill", "--signal", "SIGKILL", id));
        kill.waitFor(KILL_LIMIT.toSeconds(), TimeUnit.SECONDS);
        if (!process.waitFor(KILL_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
            throw new CtrException("the container " + id + " does not end", "look at it with 'ctr task ls'", null);
        }
    }

    private void say(String line) {
        out.println(line);
        out.flush();
    }
}
