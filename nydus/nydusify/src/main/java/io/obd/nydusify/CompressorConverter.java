package io.obd.nydusify;

import io.obd.rafs.Compressor;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the name of a compressor that images are built with. */
final class CompressorConverter implements ITypeConverter<Compressor> {
    @Override
    public Compressor convert(String value) {
        return switch (value) {
            case "none" -> Compressor.NONE;
            case "lz4_block" -> Compressor.LZ4_BLOCK;
            case "zstd" -> Compressor.ZSTD;
            default -> throw new TypeConversionException("none, lz4_block or zstd, not " + value);
        };
    }
}
