package io.obd.nydussnapshotter;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DaemonRunTest {
    @TempDir
    Path dir;

    @Test
    void theEndIsNoticedEvenIfTheLogTakesNoMore() throws Exception {
        Path file = Files.writeString(dir.resolve("nydusd.out"), "its last words");
        Path socket = dir.resolve("api.sock");
        Process process = new ProcessBuilder("sleep", "1000").start();
        DaemonRun run = new DaemonRun(
                "d1",
                DaemonProcess.of(process.toHandle(), socket),
                new NydusdClient(socket, Duration.ofSeconds(1)),
                new DaemonOutput(file, Optional.of(new FullLog())));
        CompletableFuture<DaemonRun> ended = new CompletableFuture<>();

        run.watch(ended::complete);
        process.destroyForcibly();

        assertThat(ended.get(60, TimeUnit.SECONDS)).isSameAs(run);
        assertThat(file).hasContent("its last words");
    }

    private static final class FullLog extends OutputStream {
        @Override
        public void write(int b) throws IOException {
            throw new IOException("no space left on device");
        }
    }
}
