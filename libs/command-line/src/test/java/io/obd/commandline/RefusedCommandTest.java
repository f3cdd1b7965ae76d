package io.obd.commandline;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

class RefusedCommandTest {
    private final StringWriter err = new StringWriter();
    private final CommandLine program = new CommandLine(new Program())
            .addSubcommand("build", new Build())
            .addSubcommand("mend", new RefusedCommand())
            .setErr(new PrintWriter(err));

    @Command(name = "tool")
    static final class Program implements Runnable {
        @Spec
        @SuppressWarnings("NullAway.Init") // set by picocli
        private CommandSpec spec;

        @Override
        public void run() {
            throw new MissingCommandException(spec);
        }
    }

    @Command
    static final class Build implements Runnable {
        @Override
        public void run() {
            throw new IllegalStateException("not called");
        }
    }

    @Test
    void aCommandThatIsNotThereIsRefusedByName() {
        assertThat(program.execute("mend", "--all", "x")).isEqualTo(2);
        assertThat(err.toString()).startsWith("tool mend is not supported");
    }

    @Test
    void onlyWhatIsThereIsOffered() {
        assertThat(program.execute()).isEqualTo(2);
        assertThat(err.toString()).startsWith("the name of a command is missing: one of build\n");
    }
}
