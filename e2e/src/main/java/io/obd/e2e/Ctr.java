package io.obd.e2e;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Our ctr, led to one containerd and one namespace.
 *
 * @param prefix the program and its global flags
 */
record Ctr(Commands commands, List<String> prefix) {

    /** Runs it with these arguments. */
    Run run(List<String> arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(arguments);
        return commands.run(command);
    }

    Run run(String... arguments) throws IOException, InterruptedException {
        return run(Arrays.asList(arguments));
    }

    /** Runs a program in a new container and removes the container. */
    Run runOnce(String snapshotter, String image, String id, String... program)
            throws IOException, InterruptedException {
        return run(runArguments(List.of("run", "--rm"), snapshotter, image, id, program));
    }

    /** Starts a container that goes on in the background. */
    void runDetached(String snapshotter, String image, String id, String... program)
            throws IOException, InterruptedException {
        run(runArguments(List.of("run", "-d"), snapshotter, image, id, program)).orFail();
    }

    /** Runs a program in a running container. Of a program that ends at once, ctr may lose the output. */
    Run exec(String id, String... program) throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("task", "exec", "--exec-id", "x" + System.nanoTime(), id));
        arguments.addAll(Arrays.asList(program));
        return run(arguments);
    }

    /** Ends a container and removes it. */
    void remove(String id) throws IOException, InterruptedException {
        removeTask(id);
        run("container", "rm", id).orFail();
    }

    /** Ends what runs in a container, if anything does. */
    void removeTask(String id) throws IOException, InterruptedException {
        Run killed = run("task", "kill", "--signal", "SIGKILL", id);
        if (killed.succeeded()) {
            Await.until(
                    "container " + id + " to end",
                    Duration.ofSeconds(20),
                    () -> !run("task", "ls")
                            .orFail()
                            .out()
                            .lines()
                            .anyMatch(line -> line.startsWith(id + " ") && line.endsWith("RUNNING")));
            run("task", "rm", id);
        }
    }

    List<String> containers() throws IOException, InterruptedException {
        return run("container", "ls", "-q").orFail().out().lines().toList();
    }

    List<String> images() throws IOException, InterruptedException {
        return run("image", "ls", "-q").orFail().out().lines().toList();
    }

    /** Removes images and everything only they used, before this returns. */
    void removeImages(List<String> images) throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("image", "rm", "--sync"));
        arguments.addAll(images);
        run(arguments).orFail();
    }

    /** Keys of a snapshotter's snapshots. */
    List<String> snapshots(String snapshotter) throws IOException, InterruptedException {
        return run("snapshot", "--snapshotter", snapshotter, "ls")
                .orFail()
                .out()
                .lines()
                .skip(1)
                .map(line -> line.split("\\s+", 2)[0])
                .toList();
    }

    /** Removes all containers and images. */
    void clear() throws IOException, InterruptedException {
        for (String container : containers()) {
            remove(container);
        }
        List<String> images = images();
        if (!images.isEmpty()) {
            removeImages(images);
        }
    }

    private static List<String> runArguments(
            List<String> verb, String snapshotter, String image, String id, String... program) {
        List<String> arguments = new ArrayList<>(verb);
        arguments.addAll(List.of("--snapshotter", snapshotter, image, id));
        arguments.addAll(Arrays.asList(program));
        return arguments;
    }
}
