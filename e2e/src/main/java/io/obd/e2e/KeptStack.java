package io.obd.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A stack that was left running when we ended.
 *
 * @param ctr the command that leads to its containerd
 * @param daemons what has to be stopped, in this order
 */
record KeptStack(Path directory, List<String> ctr, List<Part> daemons) {
    private static final String FILE = "kept.json";
    private static final Duration STOP_LIMIT = Duration.ofSeconds(20);

    /** A process; its start time tells it from a later one with the same number. */
    record Part(long pid, String started) {
        static Part of(ProcessHandle process) {
            return new Part(process.pid(), started(process));
        }

        Optional<ProcessHandle> process() {
            return ProcessHandle.of(pid).filter(process -> started(process).equals(started));
        }

        private static String started(ProcessHandle process) {
            return process.info().startInstant().map(Instant::toString).orElse("");
        }
    }

    static KeptStack of(Stack stack) {
        return new KeptStack(
                stack.directory(),
                stack.ctr().prefix(),
                stack.processes().stream().map(Part::of).toList());
    }

    static KeptStack read(Path directory) throws IOException {
        JsonNode kept = Json.read(Files.readString(directory.resolve(FILE)));
        List<String> ctr = new ArrayList<>();
        kept.get("ctr").forEach(word -> ctr.add(word.asText()));
        List<Part> daemons = new ArrayList<>();
        kept.get("daemons")
                .forEach(part -> daemons.add(
                        new Part(part.get("pid").asLong(), part.get("started").asText())));
        return new KeptStack(directory.toRealPath(), ctr, daemons);
    }

    void write() throws IOException {
        Files.writeString(directory.resolve(FILE), Json.write(Map.of("ctr", ctr, "daemons", daemons)));
    }

    /** Stops everything and removes the directory. */
    void stop() throws IOException, InterruptedException {
        new Ctr(Commands.in(directory), ctr).clear();
        for (Part daemon : daemons) {
            Optional<ProcessHandle> process = daemon.process();
            process.ifPresent(ProcessHandle::destroy);
            Await.until(
                    "process " + daemon.pid() + " to end",
                    STOP_LIMIT,
                    () -> process.filter(ProcessHandle::isAlive).isEmpty());
        }
        new Leftovers(directory).sweep();
        Directories.delete(directory);
    }
}
