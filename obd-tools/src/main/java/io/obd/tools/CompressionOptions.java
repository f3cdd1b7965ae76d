package io.obd.tools;

import io.obd.block.Codec;
import io.obd.lsmt.blob.ZFileOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a ZFile is compressed. */
final class CompressionOptions {
    private static final int KB = 1024;
    private static final int MIN_KB = 4;
    private static final int MAX_KB = 64;

    @Option(names = "--algorithm", paramLabel = "lz4|zstd", description = "compression (default: lz4)")
    private @Nullable String algorithm;

    @Option(names = "--bs", paramLabel = "KB", description = "block size: 4, 8, 16, 32 or 64 (default: 4)")
    private @Nullable Integer blockSize;

    /** Whether one of the options was given. */
    boolean areGiven() {
        return algorithm != null || blockSize != null;
    }

    ZFileOptions toZFileOptions() throws ToolException {
        int kilobytes = blockSize == null ? MIN_KB : blockSize;
        if (kilobytes < MIN_KB || kilobytes > MAX_KB || Integer.bitCount(kilobytes) != 1) {
            throw new ToolException("invalid '--bs' parameters.");
        }
        return new ZFileOptions(codec(), kilobytes * KB);
    }

    private Codec codec() throws ToolException {
        return switch (algorithm) {
            case null -> Codec.LZ4;
            case "lz4" -> Codec.LZ4;
            case "zstd" -> Codec.ZSTD;
            default -> throw new ToolException("invalid '--algorithm' parameters: " + algorithm);
        };
    }
}
