package io.obd.tools;

import java.io.IOException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/** Says why a tool failed. A stack trace is for what should not happen. */
final class Failure implements IExecutionExceptionHandler {
    @Override
    public int handleExecutionException(Exception e, CommandLine tool, ParseResult arguments) {
        if (e instanceof IOException failure) {
            tool.getErr().println(FailureText.of(failure));
        } else {
            tool.getErr().println("internal error:");
            e.printStackTrace(tool.getErr());
        }
        return tool.<Tool>getCommand().failureCode();
    }
}
