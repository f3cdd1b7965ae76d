package io.obd.commandline;

import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** A program was called without the name of a command. The text lists those that it has. */
public final class MissingCommandException extends ParameterException {
    private static final long serialVersionUID = 1L;

    /** @param program with its commands */
    public MissingCommandException(CommandSpec program) {
        super(program.commandLine(), "the name of a command is missing: one of " + String.join(", ", offered(program)));
    }

    private static List<String> offered(CommandSpec program) {
        return program.subcommands().entrySet().stream()
                .filter(command ->
                        !command.getValue().getCommandSpec().usageMessage().hidden())
                .map(Map.Entry::getKey)
                .toList();
    }
}
