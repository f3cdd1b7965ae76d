package io.obd.tools;

import java.io.PrintWriter;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Says what is wrong with the arguments. */
final class WrongUse implements IParameterExceptionHandler {
    @Override
    public int handleParseException(ParameterException e, String[] args) {
        PrintWriter err = e.getCommandLine().getErr();
        err.println(e.getMessage());
        err.println("Run with --help for more information.");
        return switch (e) {
            case MissingParameterException _ -> ExitCode.REQUIRED;
            case UnmatchedArgumentException _ -> ExitCode.EXTRA;
            default -> ExitCode.VALIDATION;
        };
    }
}
