package io.obd.nydussnapshotter;

import io.obd.nydussnapshotter.NydusdClient.Status;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The program of daemons, and how it is started.
 *
 * @param settings of the snapshotter's configuration
 * @param logLevel of the daemons
 * @param logToFile whether daemons write logs of their own, or to our standard output
 * @param patience longest time from the start to the state RUNNING
 * @param cgroup control group that they are in, if they have one of their own
 */
record Nydusd(
        SnapshotterConfig.Daemon settings,
        String logLevel,
        boolean logToFile,
        Duration patience,
        Optional<DaemonCgroup> cgroup) {
    private static final Duration POLL = Duration.ofMillis(10);

    /** Overrides the credentials in a daemon's configuration, so that they need not be on disk. */
    private static final String AUTH = "IMAGE_PULL_AUTH";

    /**
     * What a new daemon is to do.
     *
     * @param socket where it serves its API
     * @param bootstrap of the only image; empty for a shared daemon
     * @param prefetch names files that are to be fetched before they are asked for
     * @param auth credentials of the only image: the base64 of user and password
     * @param supervisor socket of who keeps what a successor needs
     */
    record Task(
            DaemonFiles files,
            Path socket,
            Path mountpoint,
            Optional<BootstrapFile> bootstrap,
            Optional<Path> prefetch,
            Optional<String> auth,
            Optional<Path> supervisor) {}

    /** The same with another program. */
    Nydusd with(String program) {
        return new Nydusd(settings.with(program), logLevel, logToFile, patience, cgroup);
    }

    /**
     * Starts a daemon, and returns when it serves.
     *
     * @throws IOException if it does not; then it is gone, and the text has its own last words
     */
    DaemonProcess start(Task task, NydusdClient api) throws IOException {
        Files.createDirectories(task.mountpoint());
        return start(task, api, List.of(), NydusdClient.RUNNING);
    }

    /**
     * Starts a daemon that is to go on in the place of another one, and returns when it can be told to.
     *
     * @throws IOException if it cannot; then it is gone, and the text has its own last words
     */
    DaemonProcess startSuccessor(Task task, NydusdClient api) throws IOException {
        return start(task, api, List.of("--upgrade"), NydusdClient.INIT);
    }

    private DaemonProcess start(Task task, NydusdClient api, List<String> options, String state) throws IOException {
        DaemonFiles files = task.files();
        files.make();
        Files.deleteIfExists(task.socket());
        List<String> command = new ArrayList<>(command(task));
        command.addAll(options);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.redirectInput(Redirect.from(Path.of("/dev/null").toFile()));
        DaemonOutput output = output(files, task.socket());
        builder.redirectOutput(Redirect.appendTo(output.file().toFile()));
        task.auth().ifPresent(auth -> builder.environment().put(AUTH, auth));
        long before = output.size();
        long logBefore = Files.exists(files.log()) ? Files.size(files.log()) : 0;
        Process process = builder.start();
        DaemonProcess daemon = DaemonProcess.of(process.toHandle(), task.socket());
        try {
            if (cgroup.isPresent()) {
                cgroup.get().add(process.pid());
            }
            await(state, process, api);
            return daemon;
        } catch (IOException e) {
            String killed = process.isAlive() ? "" : whyKilled();
            process.destroyForcibly();
            String words = output.tail(before) + DaemonOutput.tail(files.log(), logBefore);
            output.finish();
            throw new IOException(
                    e.getMessage()
                            + (killed.isEmpty() ? "" : ": " + killed)
                            + (words.isBlank() ? "" : ": " + words.strip()),
                    e);
        }
    }

    /** Why a daemon died just now, as far as its control group says; empty if that says nothing. */
    String whyKilled() {
        return cgroup.map(group -> group.kills().explain()).orElse("");
    }

    /**
     * What a process writes.
     *
     * @param socket where it serves its API
     */
    DaemonOutput output(DaemonFiles files, Path socket) {
        return new DaemonOutput(files.output(socket), logToFile ? Optional.empty() : Optional.of(System.out));
    }

    private List<String> command(Task task) {
        DaemonFiles files = task.files();
        List<String> command = new ArrayList<>(List.of(settings.program(), "fuse"));
        if (settings.threads() > 0) {
            command.addAll(List.of("--thread-num", Integer.toString(settings.threads())));
        }
        task.bootstrap()
                .ifPresent(bootstrap -> command.addAll(List.of(
                        "--config",
                        files.config().toString(),
                        "--bootstrap",
                        bootstrap.path().toString())));
        command.addAll(List.of(
                "--mountpoint",
                task.mountpoint().toString(),
                "--apisock",
                task.socket().toString(),
                "--log-level",
                logLevel));
        if (logToFile) {
            command.addAll(List.of("--log-file", files.log().toString()));
            if (settings.logRotation() > 0) {
                command.addAll(List.of("--log-rotation-size", Integer.toString(settings.logRotation())));
            }
        }
        task.prefetch().ifPresent(list -> command.addAll(List.of("--prefetch-files", list.toString())));
        task.supervisor()
                .ifPresent(supervisor ->
                        command.addAll(List.of("--id", files.id(), "--supervisor", supervisor.toString())));
        command.addAll(List.of("--failover-policy", settings.failoverPolicy()));
        return command;
    }

    private void await(String state, Process process, NydusdClient api) throws IOException {
        long deadline = System.nanoTime() + patience.toNanos();
        String last = "its API does not answer";
        while (System.nanoTime() < deadline) {
            if (!process.isAlive()) {
                throw new IOException(settings.program() + " ended with status " + process.exitValue());
            }
            try {
                Status status = api.status();
                if (status.state().equals(state)) {
                    return;
                }
                last = "its state is " + status.state();
            } catch (NydusdException e) {
                last = String.valueOf(e.getMessage());
            }
            pause();
        }
        throw new IOException(settings.program() + " did not get ready within " + patience.toSeconds() + " s: " + last);
    }

    private static void pause() throws InterruptedIOException {
        try {
            Thread.sleep(POLL);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while nydusd started");
        }
    }
}
