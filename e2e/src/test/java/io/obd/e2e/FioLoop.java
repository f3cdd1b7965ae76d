package io.obd.e2e;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** fio on a device past the page cache, round after round until it is told to stop; each block is verified. */
final class FioLoop implements AutoCloseable {
    private final Commands commands;
    private final List<String> command;
    private final Thread thread;
    private volatile boolean stopped;
    private final AtomicInteger rounds = new AtomicInteger();
    private volatile String failure = "";

    private FioLoop(Path directory, List<String> command) throws IOException {
        this.commands = Commands.in(directory);
        this.command = command;
        this.thread = Thread.ofPlatform().name("fio").daemon().unstarted(this::run);
    }

    /** What a round needs besides what it does. */
    static List<String> command(String device, String... more) {
        List<String> command = new ArrayList<>(List.of(
                "fio",
                "--name=verify",
                "--filename=" + device,
                "--direct=1",
                "--ioengine=libaio",
                "--iodepth=8",
                "--bs=4k",
                "--size=8m",
                "--verify=crc32c",
                "--verify_fatal=1",
                "--verify_state_save=0"));
        command.addAll(List.of(more));
        return command;
    }

    /** Begins. */
    static FioLoop start(Path directory, List<String> command) throws IOException {
        FioLoop loop = new FioLoop(directory, command);
        loop.thread.start();
        return loop;
    }

    private void run() {
        try {
            while (!stopped && failure.isEmpty()) {
                Run run = commands.run(command);
                if (run.succeeded()) {
                    rounds.incrementAndGet();
                } else {
                    failure = run.output();
                }
            }
        } catch (IOException e) {
            failure = String.valueOf(e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** How many rounds have gone without an error. */
    int rounds() {
        return rounds.get();
    }

    /** What went wrong, or nothing. */
    String failure() {
        return failure;
    }

    /** Ends with the round that is under way. */
    @Override
    public void close() {
        stopped = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
