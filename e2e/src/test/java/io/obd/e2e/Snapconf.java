package io.obd.e2e;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The program that checks a snapshotter over its socket, built from its sources. */
record Snapconf(Path directory, Path program, Duration limit) {
    static Snapconf build(Path directory, Duration limit) throws IOException, InterruptedException {
        Path program = directory.resolve("snapconf");
        Commands.in(TestEnvironment.sources().resolve("snapconf"))
                .within(limit)
                .run("go", "build", "-o", program.toString(), ".")
                .orFail();
        return new Snapconf(directory, program, limit);
    }

    /** Runs it against a snapshotter. */
    Run run(Snapshotter snapshotter, String... options) throws IOException, InterruptedException {
        return Commands.in(directory).within(limit).run(command(snapshotter, options));
    }

    /** Starts it against a snapshotter, in the background. */
    Daemon start(Snapshotter snapshotter, String... options) throws IOException {
        return Daemon.start("snapconf", directory, Map.of(), command(snapshotter, options));
    }

    /** Runs it against a snapshotter on this socket, with its data in this directory. */
    Run run(Path socket, Path root, String... options) throws IOException, InterruptedException {
        return Commands.in(directory).within(limit).run(command(socket, root, options));
    }

    private List<String> command(Snapshotter snapshotter, String... options) {
        return command(snapshotter.socket(), snapshotter.root(), options);
    }

    private List<String> command(Path socket, Path root, String... options) {
        List<String> command =
                new ArrayList<>(List.of(program.toString(), "-addr", socket.toString(), "-root", root.toString()));
        command.addAll(List.of(options));
        return command;
    }
}
