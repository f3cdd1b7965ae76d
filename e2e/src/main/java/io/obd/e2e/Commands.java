package io.obd.e2e;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs commands, each for a limited time. */
final class Commands {
    private static final Duration DEFAULT_LIMIT = Duration.ofMinutes(5);

    private static final Duration GRACE = Duration.ofSeconds(5);
    private static final Duration POLL = Duration.ofMillis(10);

    private final Path directory;
    private final Map<String, String> environment;
    private final Duration limit;
    private final boolean visible;

    private Commands(Path directory, Map<String, String> environment, Duration limit, boolean visible) {
        this.directory = directory;
        this.environment = environment;
        this.limit = limit;
        this.visible = visible;
    }

    /** Commands that run in this directory; it is made if need be. */
    static Commands in(Path directory) throws IOException {
        return new Commands(Files.createDirectories(directory), Map.of(), DEFAULT_LIMIT, false);
    }

    Commands with(Map<String, String> variables) {
        Map<String, String> merged = new HashMap<>(environment);
        merged.putAll(variables);
        return new Commands(directory, merged, limit, visible);
    }

    Commands within(Duration newLimit) {
        return new Commands(directory, environment, newLimit, visible);
    }

    /** The same, with the commands' output on our own terminal instead of in the result. */
    Commands visible() {
        return new Commands(directory, environment, limit, true);
    }

    /**
     * Runs a command to its end.
     *
     * @throws StackException if it is not there, or had to be ended because its time was up
     */
    Run run(List<String> command) throws IOException, InterruptedException {
        Path out = Files.createTempFile("obd-run", ".out");
        Path err = Files.createTempFile("obd-run", ".err");
        try {
            long start = System.nanoTime();
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile());
            builder.environment().putAll(environment);
            if (visible) {
                builder.inheritIO();
            }
            Process process = builder.start();
            Duration firstOutput = waitFor(process, start, command, out, err);
            return new Run(
                    command,
                    process.exitValue(),
                    Files.readString(out, StandardCharsets.UTF_8),
                    Files.readString(err, StandardCharsets.UTF_8),
                    firstOutput,
                    since(start));
        } finally {
            Files.deleteIfExists(out);
            Files.deleteIfExists(err);
        }
    }

    Run run(String... command) throws IOException, InterruptedException {
        return run(Arrays.asList(command));
    }

    /** Waits for the end; answers when the first output came. */
    private Duration waitFor(Process process, long start, List<String> command, Path out, Path err)
            throws IOException, InterruptedException {
        Duration firstOutput = null;
        try {
            while (!process.waitFor(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
                if (firstOutput == null && Files.size(out) > 0) {
                    firstOutput = since(start);
                }
                if (since(start).compareTo(limit) > 0) {
                    throw new StackException(
                            String.join(" ", command) + "\ndid not end within " + limit + new LogFile(err).tail());
                }
            }
        } finally {
            if (process.isAlive()) {
                end(process);
            }
        }
        return firstOutput == null ? since(start) : firstOutput;
    }

    /** Asks a process to end, then makes it and all its children. */
    private static void end(Process process) throws InterruptedException {
        List<ProcessHandle> descendants = process.descendants().toList();
        process.destroy();
        if (!process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
            process.destroyForcibly();
        }
        descendants.forEach(ProcessHandle::destroyForcibly);
    }

    private static Duration since(long start) {
        return Duration.ofNanos(System.nanoTime() - start);
    }
}
