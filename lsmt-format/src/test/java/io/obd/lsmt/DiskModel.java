package io.obd.lsmt;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.block.BlockStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;

/** What a disk should hold, kept as an array of bytes while the disk is written at random. */
final class DiskModel {
    private final Random random;
    private byte[] content;

    DiskModel(Random random, int size) {
        this.random = random;
        this.content = new byte[size];
    }

    byte[] content() {
        return content.clone();
    }

    int size() {
        return content.length;
    }

    void assertIsHeldBy(BlockStore disk) throws IOException {
        assertThat(disk.size()).isEqualTo(content.length);
        assertThat(Arrays.mismatch(read(disk, 0, content.length, true), content))
                .as("first byte that differs")
                .isEqualTo(-1);
    }

    /** Writes, discards and reads, and flushes at the end. */
    void operate(BlockStore disk, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            int offset = random.nextInt(content.length / 512) * 512;
            int longest = random.nextInt(10) == 0 ? 200 : 24;
            int length = Math.min(1 + random.nextInt(longest), (content.length - offset) / 512) * 512;
            switch (random.nextInt(6)) {
                case 0 -> discard(disk, offset, length);
                case 1 ->
                    assertThat(read(disk, offset, length, random.nextBoolean()))
                            .isEqualTo(Arrays.copyOfRange(content, offset, offset + length));
                default -> write(disk, offset, length);
            }
        }
        disk.flush();
    }

    void discard(BlockStore disk, int offset, int length) throws IOException {
        disk.discard(offset, length);
        Arrays.fill(content, offset, offset + length, (byte) 0);
    }

    void write(BlockStore disk, int offset, int length) throws IOException {
        byte[] bytes = bytes(length);
        ByteBuffer src = random.nextBoolean() ? ByteBuffer.allocateDirect(length) : ByteBuffer.allocate(length);
        disk.write(offset, src.put(bytes).flip());
        System.arraycopy(bytes, 0, content, offset, length);
    }

    void resize(LayeredImage disk, int size) throws IOException {
        disk.resize(size);
        content = Arrays.copyOf(content, size);
    }

    /** Some that compress and some that do not. */
    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        if (random.nextBoolean()) {
            random.nextBytes(bytes);
        } else {
            Arrays.fill(bytes, (byte) random.nextInt());
        }
        return bytes;
    }

    static byte[] read(BlockStore disk, long offset, int length, boolean direct) throws IOException {
        ByteBuffer dst = direct ? ByteBuffer.allocateDirect(length) : ByteBuffer.allocate(length);
        disk.read(offset, dst);
        byte[] bytes = new byte[length];
        dst.flip().get(bytes);
        return bytes;
    }
}
