package io.obd.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class DownloadSpoolTest {
    @TempDir
    Path dir;

    @Test
    void theReaderGetsWhatIsThereAndTheEndOnlyOnceItIsVerified() throws Exception {
        try (DownloadSpool spool = DownloadSpool.create(dir.resolve("spool"))) {
            InputStream in = spool.input();
            spool.append(ByteBuffer.wrap(new byte[] {1, 2, 3}));
            assertThat(in.readNBytes(3)).containsExactly(1, 2, 3);

            CompletableFuture<byte[]> rest = CompletableFuture.supplyAsync(() -> readAll(in));
            spool.append(ByteBuffer.wrap(new byte[] {4}));
            assertThat(rest.isDone()).isFalse();
            spool.complete();

            assertThat(rest.get(10, TimeUnit.SECONDS)).containsExactly(4);
        }
    }

    @Test
    void aDownloadThatFailsFailsItsReader() throws IOException {
        try (DownloadSpool spool = DownloadSpool.create(dir.resolve("spool"))) {
            spool.append(ByteBuffer.wrap(new byte[10]));
            spool.fail(new IOException("connection lost"));

            assertThatThrownBy(() -> spool.input().readAllBytes())
                    .isInstanceOf(IOException.class)
                    .hasRootCauseMessage("connection lost");
        }
    }

    @Test
    void closingRemovesTheFileAndFreesTheReader() throws IOException {
        DownloadSpool spool = DownloadSpool.create(dir.resolve("spool"));
        InputStream in = spool.input();

        spool.close();

        assertThat(dir.resolve("spool")).doesNotExist();
        assertThatThrownBy(in::read).isInstanceOf(IOException.class);
    }

    private static byte[] readAll(InputStream in) {
        try {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
