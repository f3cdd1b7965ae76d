package io.obd.commandline;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine;

/** The commands of a program that has several. Only what may be called is prepared, as each takes some 10 to 20 ms. */
public final class Subcommands {
    private final Map<String, Supplier<?>> commands = new LinkedHashMap<>();

    /**
     * One more.
     *
     * @param command makes what picocli takes for a command
     */
    public Subcommands with(String name, Supplier<?> command) {
        commands.put(name, command);
        return this;
    }

    /**
     * Adds those whose names are among the words of a command line; all of them if none is, so that help lists them and who
     * mistyped one is told.
     */
    public CommandLine addTo(CommandLine line, String... words) {
        List<String> given = Arrays.asList(words);
        boolean named = given.stream().anyMatch(commands::containsKey);
        commands.forEach((name, command) -> {
            if (!named || given.contains(name)) {
                line.addSubcommand(name, command.get());
            }
        });
        return line;
    }
}
