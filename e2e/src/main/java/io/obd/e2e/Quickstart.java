package io.obd.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The main job from end to end, for somebody who wants to see it: an image is converted, pulled lazily and run, and then
 * pulled and run the ordinary way for comparison. Started by {@code ./quickstart}.
 */
public final class Quickstart {
    private static final String REPOSITORY = "quickstart/image";
    private static final String SOURCE = REPOSITORY + ":v1";
    private static final String CONVERTED = REPOSITORY + ":v1_obd";
    private static final Duration CLEANUP_LIMIT = Duration.ofMinutes(2);

    private final Path repository;
    private final Path directory;
    private final Progress progress = new Progress(System.out);

    private Quickstart(Path repository, Path directory) {
        this.repository = repository;
        this.directory = directory;
    }

    /** Takes the repository's directory, then the user's words: an image, {@code --keep}, {@code --stop DIRECTORY}. */
    public static void main(String[] arguments) throws InterruptedException {
        CountDownLatch finished = new CountDownLatch(1);
        interruptOnSignal(Thread.currentThread(), finished);
        int status = 1;
        try {
            status = run(
                    Path.of(arguments[0]),
                    new ArrayList<>(Arrays.asList(arguments).subList(1, arguments.length)));
        } catch (InterruptedException e) {
            System.err.println("quickstart: interrupted, everything was stopped and removed");
        } catch (IOException e) {
            report(e);
        } finally {
            finished.countDown();
        }
        System.exit(status);
    }

    private static int run(Path repository, List<String> words) throws IOException, InterruptedException {
        if (words.size() == 2 && words.getFirst().equals("--stop")) {
            KeptStack.read(Path.of(words.get(1))).stop();
            return 0;
        }
        boolean keep = words.remove("--keep");
        if (words.size() > 1 || words.stream().anyMatch(word -> word.startsWith("-"))) {
            System.err.println("usage: quickstart [IMAGE] [--keep] | quickstart --stop DIRECTORY");
            return 2;
        }
        Path directory = Files.createTempDirectory(Path.of("/var/tmp"), "overlaybd-");
        boolean kept = false;
        try {
            kept = new Quickstart(repository, directory).run(words, keep);
        } finally {
            if (!kept) {
                Directories.delete(directory);
            }
        }
        return 0;
    }

    /** Runs the job; answers whether the stack was left running. */
    private boolean run(List<String> images, boolean keep) throws IOException, InterruptedException {
        Subject subject = images.isEmpty() ? debian() : Subject.ofRegistry(images.getFirst());
        progress.step("starting registry, overlaybd-tcmu, overlaybd-snapshotter and containerd in " + directory);
        Stack stack = Stack.start(
                directory,
                Installation.at(repository.resolve("dist/target/root")),
                Stack.Settings.usual().withVisibleTools());
        boolean kept = false;
        try {
            measureBoth(stack, subject);
            if (keep) {
                KeptStack.of(stack).write();
                printCommands(stack, subject);
                kept = true;
            }
        } catch (IOException e) {
            System.err.println("the daemons wrote last:" + stack.logs());
            throw e;
        } finally {
            if (!kept) {
                progress.step("stopping and cleaning up");
                stack.close();
            }
        }
        return kept;
    }

    private Subject debian() throws IOException, InterruptedException {
        progress.step("making an image with python3 out of Debian packages (kept for the next time)");
        Path cache = Path.of("/var/cache/overlaybd-e2e");
        DebianImage image = DebianImage.make(
                repository.resolve("e2e/debian-image"),
                cache,
                Commands.in(cache).visible());
        return Subject.ofDebian(image);
    }

    private void measureBoth(Stack stack, Subject subject) throws IOException, InterruptedException {
        progress.step("copying " + subject.name() + " into the private registry");
        stack.registry().push(subject.source(), SOURCE);
        progress.step("converting it");
        stack.convert(REPOSITORY, "--input-tag", "v1", "--oci", "--output-tag", "v1_obd")
                .orFail();

        progress.step("pulling it lazily and running: " + String.join(" ", subject.program()));
        Measurement lazy = measure(stack, CONVERTED, "overlaybd", subject, () -> stack.rpull(CONVERTED));
        progress.step("the same with the ordinary image and overlayfs");
        Measurement ordinary = measure(stack, SOURCE, "overlayfs", subject, () -> stack.pull("overlayfs", SOURCE));

        System.out.println();
        System.out.print(Measurement.table(lazy, ordinary));
        System.out.println();
    }

    private static Measurement measure(Stack stack, String image, String snapshotter, Subject subject, Pull pull)
            throws IOException, InterruptedException {
        Traffic before = stack.registry().traffic();
        Duration pullTime = pull.run().orFail().took();
        Run run = stack.ctr()
                .runOnce(
                        snapshotter,
                        stack.repository(image),
                        "quickstart-" + snapshotter,
                        subject.program().toArray(String[]::new))
                .orFail();
        if (!run.out().equals(subject.expected())) {
            throw new StackException(
                    "the container printed \"" + run.out() + "\" instead of \"" + subject.expected() + "\"");
        }
        long size = 0;
        for (JsonNode layer : stack.registry().manifest(image).get("layers")) {
            size += layer.get("size").asLong();
        }
        return new Measurement(
                size, stack.registry().traffic().since(before).blobBytes(), pullTime, pullTime.plus(run.firstOutput()));
    }

    private static void printCommands(Stack stack, Subject subject) {
        String ctr = String.join(" ", stack.ctr().prefix());
        System.out.printf(
                """
                Everything is left running in %s. Go on with, for example:
                  %s image ls
                  %s run --rm -t --snapshotter overlaybd %s again %s
                  tail %s
                Stop it and remove everything with:
                  ./quickstart --stop %s
                """,
                stack.directory(),
                ctr,
                ctr,
                stack.repository(CONVERTED),
                subject.program().getFirst(),
                stack.backend().log().path(),
                stack.directory());
    }

    private static void interruptOnSignal(Thread main, CountDownLatch finished) {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            if (finished.getCount() > 0) {
                                main.interrupt();
                            }
                            try {
                                if (!finished.await(CLEANUP_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                                    System.err.println("quickstart: cleaning up takes too long, giving up");
                                }
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        },
                        "clean-up"));
    }

    private static void report(IOException failure) {
        System.err.println("quickstart: " + failure.getMessage());
        for (Throwable more : failure.getSuppressed()) {
            System.err.println("  also: " + more.getMessage());
        }
    }

    /** One way of pulling. */
    @FunctionalInterface
    private interface Pull {
        Run run() throws IOException, InterruptedException;
    }
}
