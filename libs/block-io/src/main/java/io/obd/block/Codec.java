package io.obd.block;

/** The block compressions of the formats. All come from the original C libraries; there is no other implementation. */
public enum Codec {
    /** LZ4 blocks without a frame, from the default fast compressor. */
    LZ4 {
        @Override
        public BlockCompressor newCompressor() {
            return new Lz4Compressor();
        }

        @Override
        public BlockDecompressor newDecompressor() {
            return new Lz4Decompressor();
        }
    },

    /** Zstandard frames at level 3 that state their content size. */
    ZSTD {
        @Override
        public BlockCompressor newCompressor() {
            return new ZstdCompressor();
        }

        @Override
        public BlockDecompressor newDecompressor() {
            return new ZstdDecompressor();
        }
    },

    /** One member of gzip, its checksum verified. */
    GZIP {
        @Override
        public BlockCompressor newCompressor() {
            return new GzipCompressor();
        }

        @Override
        public BlockDecompressor newDecompressor() {
            return new GzipDecompressor();
        }
    };

    /** A compressor for one thread at a time. */
    public abstract BlockCompressor newCompressor();

    /** A decompressor for one thread at a time. */
    public abstract BlockDecompressor newDecompressor();
}
