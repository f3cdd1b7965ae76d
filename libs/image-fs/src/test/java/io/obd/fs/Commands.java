package io.obd.fs;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Runs the programs that judge what was made. */
final class Commands {
    record Result(int exitCode, String output) {}

    private Commands() {}

    static Result run(String... command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(List.of(command)).redirectErrorStream(true);
        builder.environment().put("LC_ALL", "C");
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        try {
            return new Result(process.waitFor(), output);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException(command[0]);
        }
    }

    static String check(String... command) throws IOException {
        Result result = run(command);
        if (result.exitCode() != 0) {
            throw new IOException(String.join(" ", command) + " gave " + result.exitCode() + ": " + result.output());
        }
        return result.output();
    }

    /** Fails unless e2fsck finds nothing. */
    static void fsck(Path image) throws IOException {
        check("e2fsck", "-f", "-n", image.toString());
    }
}
