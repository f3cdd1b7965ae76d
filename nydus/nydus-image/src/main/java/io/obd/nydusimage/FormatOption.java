package io.obd.nydusimage;

import io.obd.rafs.Compressor;
import io.obd.rafs.Digester;
import io.obd.rafs.ImageFormat;
import io.obd.rafs.RafsVersion;
import io.obd.rafs.data.BlobFormat;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The form of an image and of its blob. */
final class FormatOption {
    private static final String TABLE_OF_CONTENTS = "blob-toc";
    private static final int SMALLEST_BATCH = 0x1000;

    @Spec(Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec command;

    @Option(names = "--chunk-size", defaultValue = "0x100000", description = "bytes of a chunk; default: 0x100000")
    private String chunkSize = "";

    @Option(
            names = "--batch-size",
            defaultValue = "0",
            description = "bytes of small chunks that are compressed together; version 6 only; default: 0, none")
    private String batchSize = "";

    @Option(names = "--compressor", defaultValue = "zstd", description = "none, lz4_block or zstd; default: zstd")
    private String compressor = "";

    @Option(names = "--digester", defaultValue = "blake3", description = "blake3 or sha256; default: blake3")
    private String digester = "";

    @Option(
            names = {"-v", "--fs-version"},
            defaultValue = "6",
            description = "5 or 6; default: 6")
    private String version = "";

    @Option(names = "--features", split = ",", description = "blob-toc: a table of contents at the end of the blob")
    private List<String> features = new ArrayList<>();

    @Option(
            names = "--aligned-chunk",
            description = "chunks begin at multiples of 4 KiB when they are decompressed, as always in version 6")
    private boolean aligned;

    @Option(names = "--repeatable", description = "without owners: files belong to whoever serves the image")
    private boolean repeatable;

    /** Whether the image says nothing of owners. */
    boolean isRepeatable() {
        return repeatable;
    }

    /** Whether the blob is to end with a table of contents. */
    boolean hasContents() {
        return !features.isEmpty();
    }

    /** Those of the options that were given and that an image of chunks which lie in a tar cannot have. */
    List<String> notForReferences() {
        List<String> given = new ArrayList<>();
        if (!version.equals("6")) {
            given.add("--fs-version 5");
        }
        if (!batchSize.equals("0")) {
            given.add("--batch-size");
        }
        if (aligned) {
            given.add("--aligned-chunk");
        }
        return given;
    }

    /** @param inline whether the blob holds the bootstrap */
    BlobFormat read(boolean inline) {
        return format(digester(), inline);
    }

    /** The same for chunks that are digested as the originals do it for layers, whatever was asked for. */
    BlobFormat readForLayer(boolean inline) {
        return format(Digester.SHA256, inline);
    }

    private BlobFormat format(Digester chunkDigester, boolean inline) {
        RafsVersion rafs = version();
        for (String feature : features) {
            if (!feature.equals(TABLE_OF_CONTENTS)) {
                throw misuse("--features " + feature + " is not supported: " + TABLE_OF_CONTENTS);
            }
        }
        int batch = number("--batch-size", batchSize);
        int chunk = number("--chunk-size", chunkSize);
        if (rafs == RafsVersion.V5 && (batch > 0 || hasContents())) {
            throw misuse("--batch-size and --features are for version 6 only");
        }
        boolean isSize = Integer.bitCount(batch) == 1 && batch >= SMALLEST_BATCH && batch <= chunk;
        if (batch != 0 && !isSize) {
            throw misuse("--batch-size " + batchSize + ": 0, or a power of two from 0x1000 to --chunk-size");
        }
        try {
            ImageFormat image = new ImageFormat(rafs, compressor(), chunkDigester, chunk, !repeatable);
            return new BlobFormat(image, aligned, batch, inline, hasContents());
        } catch (IllegalArgumentException e) {
            throw misuse("--chunk-size " + chunkSize + ": " + e.getMessage());
        }
    }

    private RafsVersion version() {
        return switch (version) {
            case "5" -> RafsVersion.V5;
            case "6" -> RafsVersion.V6;
            default -> throw misuse("--fs-version " + version + ": 5 or 6");
        };
    }

    private int number(String option, String text) {
        try {
            return text.startsWith("0x") || text.startsWith("0X")
                    ? Integer.parseInt(text, 2, text.length(), 16)
                    : Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new ParameterException(command.commandLine(), option + " " + text + " is no number", e);
        }
    }

    private Compressor compressor() {
        return switch (compressor) {
            case "none" -> Compressor.NONE;
            case "lz4_block" -> Compressor.LZ4_BLOCK;
            case "zstd" -> Compressor.ZSTD;
            default -> throw misuse("--compressor " + compressor + " is not supported: none, lz4_block or zstd");
        };
    }

    private Digester digester() {
        return switch (digester) {
            case "blake3" -> Digester.BLAKE3;
            case "sha256" -> Digester.SHA256;
            default -> throw misuse("--digester " + digester + " is not supported: blake3 or sha256");
        };
    }

    private ParameterException misuse(String problem) {
        return new ParameterException(command.commandLine(), problem);
    }
}
