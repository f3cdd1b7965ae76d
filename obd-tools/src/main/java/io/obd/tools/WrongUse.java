package io.obd.tools;

import java.io.PrintWriter;
import java.util.stream.Collectors;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Says what is wrong with the arguments. */
final class WrongUse implements IParameterExceptionHandler {
    @Override
    public int handleParseException(ParameterException e, String[] args) {
        PrintWriter err = e.getCommandLine().getErr();
        err.println(problem(e));
        err.println("Run with --help for more information.");
        return switch (e) {
            case WrongArgument wrong -> wrong.exitCode();
            case MissingParameterException _ -> ExitCode.REQUIRED;
            case UnmatchedArgumentException _ -> ExitCode.EXTRA;
            default -> ExitCode.VALIDATION;
        };
    }

    private static String problem(ParameterException e) {
        return switch (e) {
            case MissingParameterException missing
            when !missing.getMissing().isEmpty() ->
                missing.getMissing().stream().map(WrongUse::name).collect(Collectors.joining(", ")) + " is required";
            case UnmatchedArgumentException extra ->
                "The following argument was not expected: " + String.join(" ", extra.getUnmatched());
            default -> String.valueOf(e.getMessage());
        };
    }

    private static String name(ArgSpec argument) {
        return argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel();
    }
}
