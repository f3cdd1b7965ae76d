package io.obd.snapshots.credentials;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the program of a credential provider: the request goes to its standard input, the answer comes from its output. */
final class ProviderProgram {
    private static final Logger LOG = LoggerFactory.getLogger(ProviderProgram.class);

    /** As long as the kubelet waits. */
    private static final Duration LIMIT = Duration.ofMinutes(1);

    private static final int LONGEST_ANSWER = 1 << 20;
    private static final int LONGEST_COMPLAINT = 1024;

    private final Path directory;

    /** @param directory where the programs are */
    ProviderProgram(Path directory) {
        this.directory = directory;
    }

    ProviderAnswer ask(CredentialProvider provider, String image) throws IOException {
        List<String> command =
                new ArrayList<>(List.of(directory.resolve(provider.name()).toString()));
        command.addAll(provider.arguments());
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(provider.environment());
        Process process = builder.start();
        try {
            CompletableFuture<byte[]> answer = read(process.getInputStream(), LONGEST_ANSWER);
            CompletableFuture<byte[]> complaint = read(process.getErrorStream(), LONGEST_COMPLAINT);
            request(process, provider, image);
            if (!process.waitFor(LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IOException(provider.name() + " did not end within " + LIMIT.toSeconds() + " s");
            }
            if (process.exitValue() != 0) {
                throw new IOException(provider.name() + " failed with status " + process.exitValue() + ": "
                        + new String(bytes(complaint), StandardCharsets.UTF_8).strip());
            }
            return ProviderAnswer.parse(bytes(answer), provider.cacheDuration());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while " + provider.name() + " ran");
        } finally {
            process.destroyForcibly();
        }
    }

    private static void request(Process process, CredentialProvider provider, String image) {
        try (OutputStream in = process.getOutputStream()) {
            in.write(new ObjectMapper()
                    .writeValueAsBytes(Map.of(
                            "kind", "CredentialProviderRequest", "apiVersion", provider.apiVersion(), "image", image)));
        } catch (IOException e) {
            // A program need not read it; if it has failed, its status and its words say more.
            LOG.debug("{} does not read its request: {}", provider.name(), e.getMessage());
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

    private static byte[] bytes(CompletableFuture<byte[]> output) throws IOException {
        try {
            return output.orTimeout(1, TimeUnit.SECONDS).join();
        } catch (CompletionException e) {
            throw new IOException("its output cannot be read", e);
        }
    }
}
