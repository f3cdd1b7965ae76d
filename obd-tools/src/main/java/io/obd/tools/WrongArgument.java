package io.obd.tools;

import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** A tool was called wrongly in a way that only the tool can see. */
final class WrongArgument extends ParameterException {
    private final int exitCode;

    WrongArgument(CommandLine tool, int exitCode, String problem) {
        super(tool, problem);
        this.exitCode = exitCode;
    }

    int exitCode() {
        return exitCode;
    }
}
