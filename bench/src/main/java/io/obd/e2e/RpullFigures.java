package io.obd.e2e;

import io.obd.bench.FigureTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

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
            GoldenImage.in(repository.resolve("e2e")).push("v1_obd", stack.registry(), IMAGE);
            List<Ctr> programs = new ArrayList<>(List.of(stack.ctr()));
            if (arguments.length > 3) {
                programs.add(figures.other(arguments[3]));
            }
            figures.pulls(programs);
        } finally {
            Directories.delete(directory);
        }
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
            table.row(programs.get(i).prefix().getFirst(), times.get(i));
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
