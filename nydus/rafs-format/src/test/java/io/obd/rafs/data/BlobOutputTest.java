package io.obd.rafs.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class BlobOutputTest {
    private static final int MIB = 1 << 20;

    @Property(tries = 100)
    void whatIsWrittenArrivesInItsOrderAndIsHashed(
            @ForAll @Size(max = 8) List<@IntRange(max = 3 << 20) Integer> lengths, @ForAll long seed) throws Exception {
        Random random = new Random(seed);
        ByteArrayOutputStream arrived = new ByteArrayOutputStream();
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        try (BlobOutput out = new BlobOutput(arrived)) {
            for (int length : lengths) {
                byte[] bytes = new byte[length];
                random.nextBytes(bytes);
                written.writeBytes(bytes);
                out.write(bytes);
                // Who wrote may use the buffer for something else.
                Arrays.fill(bytes, (byte) 0);
            }
            assertThat(out.position()).isEqualTo(written.size());
            assertThat(out.digest().toBytes())
                    .isEqualTo(MessageDigest.getInstance("SHA-256").digest(written.toByteArray()));
        }
        assertThat(arrived.toByteArray()).isEqualTo(written.toByteArray());
    }

    @Test
    void aDigestInBetweenIsThatOfWhatWasWrittenSoFar() throws IOException {
        try (BlobOutput out = new BlobOutput(OutputStream.nullOutputStream())) {
            out.write(new byte[5]);
            assertThat(out.digest()).isEqualTo(BlobOutput.digest(ByteBuffer.allocate(5)));
            out.write(new byte[MIB]);
            assertThat(out.digest()).isEqualTo(BlobOutput.digest(ByteBuffer.allocate(MIB + 5)));
        }
    }

    @Test
    void theErrorOfTheStreamIsTold() throws IOException {
        OutputStream full = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("no space");
            }
        };
        try (BlobOutput out = new BlobOutput(full)) {
            out.write(new byte[] {1});
            assertThatThrownBy(out::flush).isInstanceOf(IOException.class).hasMessage("no space");
        }
        try (BlobOutput out = new BlobOutput(full)) {
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 10; i++) {
                            out.write(new byte[MIB]);
                        }
                    })
                    .isInstanceOf(IOException.class)
                    .hasMessage("no space");
        }
    }

    @Test
    @Timeout(30)
    void closingDoesNotWaitForAStreamThatTakesNothing() throws Exception {
        CountDownLatch stuck = new CountDownLatch(1);
        OutputStream stream = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                stuck.countDown();
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                    throw new IOException("interrupted", e);
                }
            }
        };
        try (BlobOutput out = new BlobOutput(stream)) {
            out.write(new byte[MIB]);
            stuck.await();
        }
    }
}
