package io.obd.e2e;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A program that runs in the background, with its output in a file. */
final class Daemon implements AutoCloseable {
    /** What a program has to serve within. */
    static final Duration START_LIMIT = Duration.ofSeconds(30);

    private static final Duration STOP_LIMIT = Duration.ofSeconds(15);

    private final String name;
    private final Process process;
    private final LogFile log;

    private Daemon(String name, Process process, LogFile log) {
        this.name = name;
        this.process = process;
        this.log = log;
    }

    /**
     * Starts a program away from the terminal, so that a Ctrl-C there reaches only us and the parts are
     * stopped in order.
     */
    static Daemon start(String name, Path directory, Map<String, String> environment, List<String> command)
            throws IOException {
        Files.createDirectories(directory);
        Path log = directory.resolve(name + ".log");
        List<String> detached = new ArrayList<>(List.of("setsid"));
        detached.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(detached)
                .directory(directory.toFile())
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(environment);
        return new Daemon(name, builder.start(), new LogFile(log));
    }

    /** Waits until something accepts connections at the address. */
    Daemon awaitListening(SocketAddress address) throws IOException, InterruptedException {
        return awaitReady(() -> accepts(address));
    }

    /** Waits until the condition holds; fails at once when the program ends before. */
    Daemon awaitReady(Await.Condition ready) throws IOException, InterruptedException {
        Await.until(
                name + " to be ready",
                START_LIMIT,
                () -> {
                    if (!process.isAlive()) {
                        throw new StackException(
                                name + " ended with status " + process.exitValue() + " at its start" + log.tail());
                    }
                    return ready.holds();
                },
                log::tail);
        return this;
    }

    LogFile log() {
        return log;
    }

    ProcessHandle process() {
        return process.toHandle();
    }

    /** Waits for the program to end by itself; answers its status. */
    int awaitEnd(Duration limit) throws IOException, InterruptedException {
        Await.until(name + " to end", limit, () -> !process.isAlive(), log::tail);
        return process.exitValue();
    }

    /** Ends the program as a crash would. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
    }

    /** Asks the program to end, and makes it if it does not. */
    @Override
    public void close() {
        try {
            process.destroy();
            if (!process.waitFor(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                kill();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    /** Whether something accepts connections at the address. */
    static boolean accepts(SocketAddress address) {
        try (SocketChannel channel = SocketChannel.open(address)) {
            return channel.isConnected();
        } catch (IOException e) {
            return false;
        }
    }
}
