package io.obd.registry;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs programs that hand out credentials: the request goes to their standard input, the answer comes from their output. */
public final class CredentialProgram {
    private static final Logger LOG = LoggerFactory.getLogger(CredentialProgram.class);

    /** How long its output may stay open when the program has ended: a child of it may hold it. */
    private static final long OUTPUT_SECONDS = 10;

    private static final int LONGEST_ANSWER = 1 << 20;
    private static final int LONGEST_COMPLAINT = 1024;

    private final Duration limit;

    /** @param limit the longest that one run may take */
    public CredentialProgram(Duration limit) {
        this.limit = limit;
    }

    /** A program has ended with a status that is not 0. */
    public static final class Failed extends IOException {
        private Failed(String name, int status, String complaint) {
            super(name + " failed with status " + status + (complaint.isEmpty() ? "" : ": " + complaint));
        }
    }

    /**
     * Runs a program to its end.
     *
     * @param command the program and its arguments
     * @param environment variables beside our own
     * @return what it printed, the first MiB of it
     * @throws Failed if its status is not 0, with what it wrote to its standard error
     * @throws IOException if it cannot be started or does not end in time
     */
    public byte[] ask(List<String> command, Map<String, String> environment, byte[] request) throws IOException {
        String name = String.valueOf(Path.of(command.getFirst()).getFileName());
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            CompletableFuture<byte[]> answer = read(process.getInputStream(), LONGEST_ANSWER);
            CompletableFuture<byte[]> complaint = read(process.getErrorStream(), LONGEST_COMPLAINT);
            write(request, process.getOutputStream(), name);
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IOException(name + " did not end within " + limit.toSeconds() + " s");
            }
            if (process.exitValue() != 0) {
                throw new Failed(
                        name, process.exitValue(), new String(bytes(complaint, name), StandardCharsets.UTF_8).strip());
            }
            return bytes(answer, name);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while " + name + " ran");
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private static void write(byte[] request, OutputStream in, String name) {
        try (in) {
            in.write(request);
        } catch (IOException e) {
            // A program need not read it; if it has failed, its status and its words say more.
            LOG.debug("{} does not read its request: {}", name, e.getMessage());
        }
    }

    /** Reads to the end, so that the program is not held up, and keeps the beginning. */
    private static CompletableFuture<byte[]> read(InputStream in, int most) {
        CompletableFuture<byte[]> all = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try (in) {
                byte[] kept = in.readNBytes(most);
                in.transferTo(OutputStream.nullOutputStream());
                all.complete(kept);
            } catch (IOException e) {
                all.completeExceptionally(e);
            }
        });
        return all;
    }

    private static byte[] bytes(CompletableFuture<byte[]> output, String name) throws IOException {
        try {
            return output.orTimeout(OUTPUT_SECONDS, TimeUnit.SECONDS).join();
        } catch (CompletionException e) {
            throw new IOException("the output of " + name + " cannot be read", e);
        }
    }
}
