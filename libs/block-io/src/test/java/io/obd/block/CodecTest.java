package io.obd.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Random;
import net.jpountz.lz4.LZ4Factory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CodecTest {
    private static final int BLOCK = 4096;

    @ParameterizedTest
    @EnumSource
    void aBlockComesBackAndPositionsMoveOn(Codec codec) throws MalformedBlockException {
        for (int length : new int[] {1, 511, BLOCK}) {
            ByteBuffer plain = noise(length);
            ByteBuffer stored = compress(codec, plain);
            ByteBuffer back = ByteBuffer.allocateDirect(BLOCK);
            try (BlockDecompressor decompressor = codec.newDecompressor()) {
                decompressor.decompress(stored, back);
            }

            assertThat(stored.hasRemaining()).isFalse();
            assertThat(back.flip()).isEqualTo(plain.flip());
        }
    }

    @ParameterizedTest
    @EnumSource
    void noiseIsNoBlock(Codec codec) {
        try (BlockDecompressor decompressor = codec.newDecompressor()) {
            ByteBuffer dst = ByteBuffer.allocateDirect(BLOCK);
            assertThatThrownBy(() -> decompressor.decompress(noise(300), dst))
                    .isInstanceOf(MalformedBlockException.class);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aBlockIsNeverWrittenPastTheLimit(Codec codec) {
        ByteBuffer stored = compress(codec, ByteBuffer.allocateDirect(BLOCK));
        ByteBuffer dst = ByteBuffer.allocateDirect(BLOCK).limit(BLOCK - 1);
        try (BlockDecompressor decompressor = codec.newDecompressor()) {
            assertThatThrownBy(() -> decompressor.decompress(stored, dst)).isInstanceOf(MalformedBlockException.class);
        }
        assertThat(dst.position()).isZero();
    }

    @Test
    void lz4IsTheNativeLibrary() {
        assertThat(LZ4Factory.nativeInstance().fastCompressor().getClass().getSimpleName())
                .isEqualTo("LZ4JNICompressor");
    }

    private static ByteBuffer compress(Codec codec, ByteBuffer plain) {
        try (BlockCompressor compressor = codec.newCompressor()) {
            ByteBuffer stored = ByteBuffer.allocateDirect(compressor.maxCompressedLength(plain.remaining()));
            compressor.compress(plain, stored);
            return stored.flip();
        }
    }

    private static ByteBuffer noise(int length) {
        byte[] bytes = new byte[length];
        new Random(1).nextBytes(bytes);
        return ByteBuffer.allocateDirect(length).put(bytes).flip();
    }
}
