package io.obd.ctr;

import io.obd.linux.ProcessEnd;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine;

/**
 * {@code ctr} with the overlaybd commands. What is not one of them never comes here: the launcher hands it to containerd's
 * ctr.
 */
public final class Main {
    private static final String RECORD_TRACE = "record-trace";
    private static final Map<String, Supplier<Object>> COMMANDS =
            Map.of("rpull", Rpull::new, "obdconv", Obdconv::new, RECORD_TRACE, RecordTrace::new);

    private Main() {}

    /** Exits with 0, 1 when the command failed, or 2 when it was called wrongly. */
    public static void main(String[] args) {
        NoTls.makeDefault();
        ProcessEnd.exit(commandLine(args).execute(args));
    }

    /**
     * Reads command lines that have these words. Only the command that is named is prepared, as that takes a while.
     *
     * @param words without any, all commands are
     */
    static CommandLine commandLine(String... words) {
        CommandLine line = new CommandLine(new Ctr());
        List<String> named = Arrays.asList(words);
        COMMANDS.forEach((name, command) -> {
            if (named.isEmpty() || named.contains(name)) {
                line.addSubcommand(new CommandLine(command.get()).addMixin("help", new HelpFlag()));
            }
        });
        // The flags of a recorded command are its own.
        CommandLine recording = line.getSubcommands().get(RECORD_TRACE);
        if (recording != null) {
            recording.setStopAtPositional(true);
        }
        return line.setExecutionExceptionHandler(new FailureReport());
    }
}
