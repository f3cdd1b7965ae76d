package io.obd.e2e;

import io.obd.bench.FigureTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How long {@code ctr rpull} takes, with the small image of the golden files and a registry on this machine that wants TLS and a
 * password. Another ctr takes turns, if one is given. Started by {@code bench/rpull}.
 */
public final class RpullFigures {
    private static final String IMAGE = "bench/golden:v1_obd";
    private static final int WARM_UP = 2;

    private final Stack stack;
    private final int rounds;

    private RpullFigures(Stack stack, int rounds) {
        this.stack = stack;
        this.rounds = rounds;
    }

    /** Takes the repository's directory, the tree that was installed, the number of rounds and perhaps another ctr. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path repository = Path.of(arguments[0]).toRealPath();
        Path directory = Files.createTempDirectory(Path.of("/var/tmp"), "overlaybd-bench-");
        try (Stack stack = Stack.start(directory, Installation.at(Path.of(arguments[1])), Stack.Settings.usual())) {
            RpullFigures figures = new RpullFigures(stack, Integer.parseInt(arguments[2]));
            figures.push(repository.resolve("e2e/src/test/resources/golden"));
            List<Ctr> programs = new ArrayList<>(List.of(stack.ctr()));
            if (arguments.length > 3) {
                programs.add(figures.other(arguments[3]));
            }
            figures.pulls(programs);
        } finally {
            Directories.delete(directory);
        }
    }

    private void push(Path golden) throws IOException, InterruptedException {
        Path copy = Files.createDirectories(stack.directory().resolve("image"));
        String manifest = Files.readString(golden.resolve("v1_obd.json"));
        Files.writeString(copy.resolve("manifest.json"), manifest);
        Files.writeString(copy.resolve("version"), "Directory Transport Version: 1.1\n");
        for (String digest : Json.read(manifest).findValuesAsText("digest")) {
            String hex = digest.substring("sha256:".length());
            Files.createSymbolicLink(copy.resolve(hex), golden.resolve("blobs").resolve(hex));
        }
        stack.registry().push("dir:" + copy, IMAGE);
    }

    private Ctr other(String program) {
        List<String> prefix = new ArrayList<>(stack.ctr().prefix());
        prefix.set(0, program);
        return new Ctr(stack.ctr().commands(), prefix);
    }

    private void pulls(List<Ctr> programs) throws IOException, InterruptedException {
        List<List<Duration>> times = new ArrayList<>();
        programs.forEach(_ -> times.add(new ArrayList<>()));
        for (int round = -WARM_UP; round < rounds; round++) {
            for (int i = 0; i < programs.size(); i++) {
                Duration time = pull(programs.get(i));
                if (round >= 0) {
                    times.get(i).add(time);
                }
            }
        }
        FigureTable table = new FigureTable(System.out);
        table.section("lazy pull, 2 layers, registry on this machine", "ctr rpull IMAGE");
        for (int i = 0; i < programs.size(); i++) {
            List<Duration> sorted = times.get(i).stream().sorted().toList();
            table.row(
                    programs.get(i).prefix().getFirst(),
                    String.format(
                            Locale.ROOT,
                            "%d ms (%d to %d)",
                            sorted.get(sorted.size() / 2).toMillis(),
                            sorted.getFirst().toMillis(),
                            sorted.getLast().toMillis()));
        }
    }

    private Duration pull(Ctr ctr) throws IOException, InterruptedException {
        Run pull = ctr.run(
                        "rpull",
                        "--user",
                        stack.registry().user().pair(),
                        "--tlscacert",
                        stack.registry().authority().toString(),
                        stack.repository(IMAGE))
                .orFail();
        stack.ctr().clear();
        return pull.took();
    }
}
