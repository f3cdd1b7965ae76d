package io.obd.nydusd.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class CacheLockTest {
    @TempDir
    private Path directory;

    /** A process that holds the lock until its input ends. */
    static final class Holder {
        private Holder() {}

        public static void main(String[] arguments) throws IOException {
            try (FileChannel channel = FileChannel.open(Path.of(arguments[0]), StandardOpenOption.WRITE);
                    FileLock lock = channel.lock()) {
                System.out.println(lock.isValid());
                System.in.transferTo(OutputStream.nullOutputStream());
            }
        }
    }

    @Test
    void aProcessThatHoldsTheLockIsNotWaitedForForEver() throws Exception {
        Path file = directory.resolve("x.blob.data");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            Process holder = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            Path.of(CacheLockTest.class
                                            .getProtectionDomain()
                                            .getCodeSource()
                                            .getLocation()
                                            .toURI())
                                    .toString(),
                            Holder.class.getName(),
                            file.toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            try (BufferedReader said =
                    new BufferedReader(new InputStreamReader(holder.getInputStream(), StandardCharsets.UTF_8))) {
                assertThat(said.readLine()).isEqualTo("true");

                assertThatThrownBy(() -> CacheLock.take(file, channel, Duration.ofMillis(50)))
                        .isInstanceOf(IOException.class)
                        .hasMessage(file + ": another process has had its lock for 50 ms and more");

                holder.getOutputStream().close();
                try (FileLock lock = CacheLock.take(file, channel, Duration.ofSeconds(60))) {
                    assertThat(lock.isValid()).isTrue();
                }
            } finally {
                holder.destroyForcibly().waitFor();
            }
        }
    }
}
