package io.obd.convertor;

import io.obd.block.Codec;
import io.obd.lsmt.blob.ZFileOptions;
import picocli.CommandLine.Option;

/** How native layers are compressed; the flags are those of {@code ctr obdconv}. */
final class CompressionOptions {
    private static final int KB = 1024;

    @Option(
            names = "--algorithm",
            paramLabel = "lz4|zstd",
            defaultValue = "lz4",
            description = "compression of native layers (default: ${DEFAULT-VALUE})")
    private String algorithm = "";

    @Option(
            names = "--bs",
            paramLabel = "KB",
            defaultValue = "4",
            description = "size of a block that is compressed: 4, 8, 16, 32 or 64 (default: ${DEFAULT-VALUE})")
    private int blockSize;

    /** @throws IllegalArgumentException if there is no such compression */
    ZFileOptions compression() {
        Codec codec =
                switch (algorithm) {
                    case "lz4" -> Codec.LZ4;
                    case "zstd" -> Codec.ZSTD;
                    default -> throw new IllegalArgumentException("--algorithm: lz4 or zstd, not " + algorithm);
                };
        return switch (blockSize) {
            case 4, 8, 16, 32, 64 -> new ZFileOptions(codec, blockSize * KB);
            default -> throw new IllegalArgumentException("--bs: 4, 8, 16, 32 or 64, not " + blockSize);
        };
    }
}
