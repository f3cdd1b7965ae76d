package io.obd.rafs;

import io.obd.block.Codec;
import org.jspecify.annotations.Nullable;

/** How the chunks of a blob, or its chunk information, are compressed. */
public enum Compressor {
    NONE(0, 0x1, null, "none"),
    LZ4_BLOCK(1, 0x2, Codec.LZ4, "lz4_block"),
    GZIP(2, 0x40, Codec.GZIP, "gzip"),
    ZSTD(3, 0x80, Codec.ZSTD, "zstd");

    private final int number;
    private final long flag;
    private final @Nullable Codec codec;
    private final String text;

    Compressor(int number, long flag, @Nullable Codec codec, String text) {
        this.number = number;
        this.flag = flag;
        this.codec = codec;
        this.text = text;
    }

    /** Its number in the tables of a bootstrap. */
    public int number() {
        return number;
    }

    /** Its bit in the flags of the super block. */
    long flag() {
        return flag;
    }

    /** What decompresses it; null for {@link #NONE}. */
    public @Nullable Codec codec() {
        return codec;
    }

    /** The compressor of that number, or null. */
    static @Nullable Compressor ofNumber(int number) {
        for (Compressor compressor : values()) {
            if (compressor.number == number) {
                return compressor;
            }
        }
        return null;
    }

    /** The name that options and listings have for it. */
    @Override
    public String toString() {
        return text;
    }
}
