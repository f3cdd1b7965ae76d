package io.obd.nydusify;

import io.obd.fs.tar.ByteString;
import io.obd.rafs.Compressor;
import io.obd.rafs.Digester;
import io.obd.rafs.ImageFormat;
import io.obd.rafs.RafsVersion;
import io.obd.rafs.build.Prefetch;
import io.obd.rafs.data.BlobFormat;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The form of the file system. */
final class RafsOptions {
    private static final String EVERYTHING = "/";

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(
            names = "--fs-version",
            paramLabel = "5|6",
            defaultValue = "6",
            description = "version of RAFS (default: ${DEFAULT-VALUE})")
    private String version = "6";

    @Option(
            names = "--fs-align-chunk",
            arity = "0..1",
            fallbackValue = "true",
            description = "align chunks to 4 KiB in version 5; in version 6 they always are")
    private boolean aligned;

    @Option(
            names = "--backend-aligned-chunk",
            hidden = true,
            arity = "0..1",
            fallbackValue = "true",
            description = "the old name of --fs-align-chunk")
    private boolean alignedOfOld;

    @Option(
            names = {"--fs-chunk-size", "--chunk-size"},
            paramLabel = "BYTES",
            defaultValue = "0x100000",
            description = "a power of two from 0x1000 to 0x1000000 (default: ${DEFAULT-VALUE})")
    private String chunkSize = "0x100000";

    @Option(
            names = "--batch-size",
            paramLabel = "BYTES",
            defaultValue = "0",
            description =
                    "small files are compressed together in batches of this size, in version 6 (default: none are)")
    private String batchSize = "0";

    @Option(
            names = "--compressor",
            converter = CompressorConverter.class,
            paramLabel = "none|lz4_block|zstd",
            defaultValue = "zstd",
            description = "of the blobs (default: ${DEFAULT-VALUE})")
    private Compressor compressor = Compressor.ZSTD;

    @Option(
            names = "--prefetch-dir",
            paramLabel = "PATH",
            description = "file or directory of the image to fetch before it is asked for")
    private String prefetchDirectory = "";

    @Option(
            names = "--prefetch-patterns",
            arity = "0..1",
            fallbackValue = "true",
            description = "read such paths from standard input, one a line; without either it is all of the image")
    private boolean prefetchPatterns;

    @Option(
            names = "--oci-ref",
            arity = "0..1",
            fallbackValue = "true",
            description = "the layers of the source stay as they are: the blobs say where the files are in them")
    private boolean refers;

    /**
     * What every layer is built with.
     *
     * @param refers whether blobs refer to the layers of the source
     */
    record Choice(BlobFormat blobs, Prefetch prefetch, boolean refers) {
        ImageFormat image() {
            return blobs.image();
        }

        /**
         * For the layers of one image.
         *
         * @param dictionary has chunks that they need not have, or null
         */
        LayerForm form(@Nullable Dictionary dictionary) {
            return refers
                    ? new ReferredContent(image().chunkSize(), prefetch, dictionary)
                    : new CopiedContent(blobs, prefetch, dictionary);
        }
    }

    /**
     * @param in for the paths to prefetch, if they are wanted from there
     * @throws ParameterException if the options make no sense
     */
    Choice choice(InputStream in) throws IOException {
        RafsVersion wanted = version();
        ImageFormat image = image(wanted);
        int batch = number("--batch-size", batchSize);
        if (batch != 0 && wanted == RafsVersion.V5) {
            throw wrong("--batch-size: there are no batches in version 5");
        }
        if (batch != 0 && (batch < 0x1000 || batch > image.chunkSize() || Integer.bitCount(batch) != 1)) {
            throw wrong("--batch-size " + batchSize + ": a power of two from 0x1000 to the size of chunks is needed");
        }
        if (prefetchPatterns && !prefetchDirectory.isEmpty()) {
            throw wrong("--prefetch-dir conflicts with --prefetch-patterns");
        }
        if (refers) {
            refuseWithReference("--fs-version 5", wanted == RafsVersion.V5);
            refuseWithReference("--fs-align-chunk", aligned || alignedOfOld);
            refuseWithReference("--batch-size", batch != 0);
            refuseWithReference("--compressor " + compressor, compressor != Compressor.ZSTD);
        }
        BlobFormat layer = BlobFormat.layer(image);
        return new Choice(
                new BlobFormat(image, aligned || alignedOfOld, batch, layer.holdsBootstrap(), layer.hasContents()),
                Prefetch.of(Prefetch.Policy.FS, paths(in)),
                refers);
    }

    private void refuseWithReference(String option, boolean given) {
        if (given) {
            throw wrong("--oci-ref: layers stay as they are, " + option + " does not go with it");
        }
    }

    private RafsVersion version() {
        return switch (version) {
            case "5" -> RafsVersion.V5;
            case "6" -> RafsVersion.V6;
            default -> throw wrong("--fs-version: 5 or 6, not " + version);
        };
    }

    private ImageFormat image(RafsVersion wanted) {
        try {
            Digester digester = refers ? Digester.SHA256 : Digester.BLAKE3;
            return new ImageFormat(wanted, compressor, digester, number("--fs-chunk-size", chunkSize), true);
        } catch (IllegalArgumentException e) {
            throw wrong("--fs-chunk-size: " + e.getMessage());
        }
    }

    private int number(String option, String text) {
        try {
            return Integer.decode(text);
        } catch (NumberFormatException e) {
            throw wrong(option + ": " + text + " is no number");
        }
    }

    private List<ByteString> paths(InputStream in) throws IOException {
        if (!prefetchPatterns) {
            return List.of(ByteString.of(prefetchDirectory.isEmpty() ? EVERYTHING : prefetchDirectory));
        }
        BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        List<ByteString> paths = lines.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .map(ByteString::of)
                .toList();
        return paths.isEmpty() ? List.of(ByteString.of(EVERYTHING)) : paths;
    }

    private ParameterException wrong(String problem) {
        return new ParameterException(spec.commandLine(), problem);
    }
}
