package io.obd.ctr;

import picocli.CommandLine.Option;

/** The flag of every command that says what the command takes. */
public final class HelpFlag {
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "show this text")
    @SuppressWarnings("UnusedVariable") // picocli reads it
    private boolean help;
}
