package io.obd.tools;

import java.io.IOException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/** Says why a tool failed. */
final class Failure implements IExecutionExceptionHandler {
    @Override
    public int handleExecutionException(Exception e, CommandLine tool, ParseResult arguments) throws Exception {
        if (!(e instanceof IOException)) {
            throw e;
        }
        tool.getErr().println(FailureText.of(e));
        return ExitCode.FAILED;
    }
}
