package io.obd.commandline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;

class SubcommandsTest {
    private final List<String> made = new ArrayList<>();

    @Command(name = "program")
    static final class Program {}

    @Command
    static final class Any {}

    @Test
    void onlyWhatIsNamedIsMade() {
        assertThat(added("--level", "warn", "stat", "file")).containsExactly("stat");
        assertThat(made).containsExactly("stat");
    }

    @Test
    void aWordThatMayBeACommandOrNotCounts() {
        assertThat(added("check", "stat")).containsExactly("check", "stat");
    }

    @Test
    void withoutANameThereAreAllInTheirOrder() {
        assertThat(added("--help")).containsExactly("create", "check", "stat");
        assertThat(added()).containsExactly("create", "check", "stat");
        assertThat(added("crate")).containsExactly("create", "check", "stat");
    }

    private Iterable<String> added(String... words) {
        Subcommands commands = new Subcommands();
        for (String name : List.of("create", "check", "stat")) {
            commands.with(name, () -> {
                made.add(name);
                return new Any();
            });
        }
        return commands.addTo(new CommandLine(new Program()), words)
                .getSubcommands()
                .keySet();
    }
}
