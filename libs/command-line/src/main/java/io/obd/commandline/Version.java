package io.obd.commandline;

import java.io.PrintStream;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** What the programs say that they are. */
public final class Version {
    /** In the form of the original nydus programs, of which some are asked by other programs. */
    public static final String TEXT = "v0.1.0-obd";

    private Version() {}

    /**
     * Answers for a program that has no options besides this one.
     *
     * @return whether {@code --version} was asked for, so that there is nothing else to do
     */
    public static boolean isPrinted(PrintStream out, String program, String... arguments) {
        if (arguments.length != 1 || !arguments[0].equals("--version")) {
            return false;
        }
        out.println(program + " " + TEXT);
        return true;
    }

    /** Gives a command the option {@code --version}, whose answer begins with its name. */
    public static CommandLine addTo(CommandLine line) {
        line.getCommandSpec()
                .version(line.getCommandName() + " " + TEXT)
                .addOption(OptionSpec.builder("--version")
                        .versionHelp(true)
                        .description("show the version")
                        .build());
        return line;
    }
}
