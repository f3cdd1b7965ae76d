package io.obd.snapshotter;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** Runs other programs: no shell, a limit on time, and their own words when they fail. */
final class Programs {
    /** What programs print behind the reason when they do not like an argument. */
    private static final Pattern USAGE = Pattern.compile("\\n\\s*usage:.*", Pattern.DOTALL | Pattern.CASE_INSENSITIVE);

    /** What of an output is kept, in bytes: its end, where the reason stands. */
    private static final int KEPT = 4096;

    private final Duration limit;

    /** @param limit the longest that one program may run */
    Programs(Duration limit) {
        this.limit = limit;
    }

    /**
     * Runs a program to its end.
     *
     * @param command the program and its arguments
     * @throws IOException if it cannot be started, does not end in time, or fails; with what it wrote
     */
    void run(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        CompletableFuture<String> output = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> output.complete(end(process.getInputStream())));
        try {
            process.getOutputStream().close();
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IOException(String.join(" ", command) + " did not end within " + limit.toSeconds() + " s");
            }
            if (process.exitValue() != 0) {
                throw new IOException(String.join(" ", command) + " failed with status " + process.exitValue() + ": "
                        + reason(output.completeOnTimeout("", 1, TimeUnit.SECONDS)
                                .join()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while " + command.getFirst() + " ran");
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private static String reason(String output) {
        return USAGE.matcher(output).replaceFirst("");
    }

    private static String end(InputStream in) {
        byte[] kept = new byte[0];
        byte[] chunk = new byte[KEPT];
        try (in) {
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                byte[] all = Arrays.copyOf(kept, kept.length + n);
                System.arraycopy(chunk, 0, all, kept.length, n);
                kept = Arrays.copyOfRange(all, Math.max(0, all.length - KEPT), all.length);
            }
        } catch (IOException e) {
            return new String(kept, StandardCharsets.UTF_8).strip() + " (" + e.getMessage() + ")";
        }
        return new String(kept, StandardCharsets.UTF_8).strip();
    }
}
