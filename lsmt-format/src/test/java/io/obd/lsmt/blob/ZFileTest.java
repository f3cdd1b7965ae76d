package io.obd.lsmt.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.block.BlobReader;
import io.obd.block.CorruptBlobException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ZFileTest {
    private static final int BLOCK = 4096;

    @TempDir
    Path dir;

    @Test
    void aBadBlockIsReadAgainWhenTheSourceDroppedItsCopy() throws IOException {
        byte[] plain = random(10 * BLOCK);
        Flaky source = new Flaky(compress(plain), true);
        try (ZFile zfile = ZFile.open(source)) {
            source.flip(512 + 100);
            assertThat(read(zfile)).isEqualTo(plain);
            assertThat(source.discards).isEqualTo(1);
        }
    }

    @Test
    void aBadBlockFailsWhenReadingAgainCannotHelp() throws IOException {
        Flaky source = new Flaky(compress(random(10 * BLOCK)), false);
        try (ZFile zfile = ZFile.open(source)) {
            source.flip(512 + 100);
            assertThatThrownBy(() -> read(zfile))
                    .isInstanceOf(CorruptBlobException.class)
                    .hasMessageStartingWith("flaky: at byte 512: ZFile block 0: CRC is");
        }
    }

    @Test
    void manyThreadsReadAtOnce() throws Exception {
        byte[] plain = random(100 * BLOCK + 17);
        try (ZFile zfile = ZFile.open(new Flaky(compress(plain), false));
                ExecutorService threads = Executors.newFixedThreadPool(16)) {
            List<Future<?>> readers = new ArrayList<>();
            for (int t = 0; t < 16; t++) {
                Random random = new Random(t);
                readers.add(threads.submit(() -> {
                    for (int i = 0; i < 200; i++) {
                        int from = random.nextInt(plain.length);
                        ByteBuffer dst = ByteBuffer.allocateDirect(random.nextInt(plain.length - from));
                        zfile.read(from, dst);
                        assertThat(dst.flip()).isEqualTo(ByteBuffer.wrap(plain, from, dst.capacity()));
                    }
                    return null;
                }));
            }
            for (Future<?> reader : readers) {
                join(reader);
            }
        }
    }

    private static void join(Future<?> reader) throws InterruptedException {
        try {
            reader.get();
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause());
        }
    }

    private byte[] compress(byte[] plain) throws IOException {
        Path file = dir.resolve("zfile");
        try (BlobWriter writer = BlobWriter.create(BlobTarget.newFile(file), ZFileOptions.DEFAULT, false)) {
            writer.write(ByteBuffer.wrap(plain));
            writer.finish();
        }
        return Files.readAllBytes(file);
    }

    private static byte[] read(BlobReader blob) throws IOException {
        ByteBuffer dst = ByteBuffer.allocate((int) blob.size());
        blob.read(0, dst);
        return dst.array();
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    /** A source that can go wrong, and, when it is a cache, is right again after its copy was dropped. */
    private static final class Flaky implements BlobReader {
        private final byte[] origin;
        private final boolean cache;
        private byte[] copy;
        private int discards;

        Flaky(byte[] origin, boolean cache) {
            this.origin = origin;
            this.cache = cache;
            this.copy = origin.clone();
        }

        void flip(int offset) {
            copy[offset] ^= 1;
        }

        @Override
        public long size() {
            return copy.length;
        }

        @Override
        public void read(long offset, ByteBuffer dst) {
            dst.put(copy, (int) offset, dst.remaining());
        }

        @Override
        public boolean discard(long offset, long length) {
            discards++;
            if (cache) {
                copy = origin.clone();
            }
            return cache;
        }

        @Override
        public String name() {
            return "flaky";
        }

        @Override
        public void close() {}
    }
}
