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

    private final Path directory;
    private final Map<String, String> environment;
    private final Duration limit;

    private Commands(Path directory, Map<String, String> environment, Duration limit) {
        this.directory = directory;
        this.environment = environment;
        this.limit = limit;
    }

    /** Commands that run in this directory; it is made if need be. */
    static Commands in(Path directory) throws IOException {
        return new Commands(Files.createDirectories(directory), Map.of(), DEFAULT_LIMIT);
    }

    Commands with(Map<String, String> variables) {
        Map<String, String> merged = new HashMap<>(environment);
        merged.putAll(variables);
        return new Commands(directory, merged, limit);
    }

    Commands within(Duration newLimit) {
        return new Commands(directory, environment, newLimit);
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
            Process process = builder.start();
            waitFor(process, command, err);
            return new Run(
                    command,
                    process.exitValue(),
                    Files.readString(out, StandardCharsets.UTF_8),
                    Files.readString(err, StandardCharsets.UTF_8),
                    Duration.ofNanos(System.nanoTime() - start));
        } finally {
            Files.deleteIfExists(out);
            Files.deleteIfExists(err);
        }
    }

    Run run(String... command) throws IOException, InterruptedException {
        return run(Arrays.asList(command));
    }

    private void waitFor(Process process, List<String> command, Path err) throws IOException, InterruptedException {
        boolean ended = false;
        try {
            ended = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
        } finally {
            if (!ended) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
        }
        if (!ended) {
            throw new StackException(
                    String.join(" ", command) + "\ndid not end within " + limit + new LogFile(err).tail());
        }
    }
}
