package io.obd.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.blobstore.BlobStore;
import io.obd.blobstore.BlobStoreConfig;
import io.obd.blobstore.FillCheck;
import io.obd.block.BlobReader;
import io.obd.registry.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DecompressedBlobTest {
    private static final Digest DIGEST = Digest.sha256(new byte[] {1});

    @TempDir
    Path dir;

    private final AtomicInteger reads = new AtomicInteger();
    private final AtomicInteger open = new AtomicInteger();

    @Test
    void whatWasDecompressedIsNotDecompressedAgain() throws IOException {
        try (BlobStore store = store()) {
            for (int i = 0; i < 2; i++) {
                try (BlobReader blob = DecompressedBlob.open(store, DIGEST, new Bytes())) {
                    ByteBuffer bytes = ByteBuffer.allocate(100);
                    blob.read(5000, bytes);
                    assertThat(bytes.get(0)).isEqualTo((byte) (5000 % 251));
                    assertThat(blob.size()).isEqualTo(20_000);
                }
            }
        }
        assertThat(reads).hasValue(1);
        assertThat(open).hasValue(0);
    }

    private BlobStore store() throws IOException {
        Duration minute = Duration.ofMinutes(1);
        return new BlobStore(new BlobStoreConfig(dir, 1 << 20, 8192, minute, minute, minute), FillCheck.NONE);
    }

    private final class Bytes implements BlobReader {
        Bytes() {
            open.incrementAndGet();
        }

        @Override
        public long size() {
            return 20_000;
        }

        @Override
        public void read(long offset, ByteBuffer dst) {
            reads.incrementAndGet();
            for (long at = offset; dst.hasRemaining(); at++) {
                dst.put((byte) (at % 251));
            }
        }

        @Override
        public String name() {
            return "bytes";
        }

        @Override
        public void close() {
            open.decrementAndGet();
        }
    }
}
