package io.obd.tools;

import io.obd.lsmt.Layer;
import io.obd.lsmt.LayerOptions;
import io.obd.lsmt.WritableLayer;
import io.obd.lsmt.WritableLayer.Kind;
import io.obd.lsmt.blob.ZFileOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes a read-only layer of a writable or a sealed one. */
@Command(
        name = "overlaybd-commit",
        sortOptions = false,
        description = "Makes a read-only layer of a writable one, or with --commit_sealed of a sealed one.")
final class Commit extends Tool {
    private static final int MAX_TAG = 256;

    @Parameters(index = "0", paramLabel = "data_file", description = "data file of the layer")
    private Path data = Path.of("");

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "index_file",
            description = "index file of the layer; with --commit_sealed the result")
    private @Nullable Path second;

    @Parameters(index = "2", arity = "0..1", paramLabel = "commit_file", description = "the result, must not exist")
    private @Nullable Path third;

    @Option(names = "-m", paramLabel = "TEXT", description = "user tag, at most 256 bytes")
    private String tag = "";

    @Option(
            names = "--uuid",
            paramLabel = "UUID",
            converter = UuidConverter.class,
            description = "identity of the result (default: nil)")
    private UUID uuid = new UUID(0, 0);

    @Option(
            names = {"-p", "--parent-uuid"},
            paramLabel = "UUID",
            converter = UuidConverter.class,
            description = "identity of the layer below (default: as in data_file)")
    private @Nullable UUID parentUuid;

    @Option(names = "-z", arity = "0..1", fallbackValue = "true", description = "compress: the result is a ZFile")
    private boolean zfile;

    @Mixin
    private CompressionOptions compression = new CompressionOptions();

    @Option(
            names = "--compress_threads",
            paramLabel = "N",
            description = "threads that compress (default: 1); the result is the same")
    private int threads = 1;

    @Option(names = "-t", arity = "0..1", fallbackValue = "true", description = "wrap the result in a tar")
    private boolean tarWrapper;

    @Option(names = "-f", arity = "0..1", fallbackValue = "true", description = "replace the result")
    private boolean force;

    @Option(
            names = {"--turboOCI", "--fastoci"},
            arity = "0..1",
            fallbackValue = "true",
            description = "data_file and index_file are a turboOCI layer")
    private boolean turboOci;

    @Option(
            names = "--seal",
            arity = "0..1",
            fallbackValue = "true",
            description = "make data_file itself read-only; there is no result")
    private boolean seal;

    @Option(
            names = "--commit_sealed",
            arity = "0..1",
            fallbackValue = "true",
            description = "data_file is a sealed layer")
    private boolean sealed;

    @Mixin
    private UploadOptions upload = new UploadOptions();

    @Override
    void run() throws IOException {
        if (seal && sealed) {
            throw invalid("--seal and --commit_sealed exclude each other");
        }
        if (sealed && turboOci) {
            throw invalid("--commit_sealed: a turboOCI layer cannot be sealed");
        }
        existing("data_file", data);
        if (seal) {
            seal(existing("index_file", second));
            return;
        }
        LayerOptions options = options();
        if (sealed) {
            unexpected(third);
            Path result = required("commit_file", second);
            try (Layer layer = Layer.open(data)) {
                write(result, List.of(data), target -> layer.commit(target, options));
            }
        } else {
            Path index = existing("index_file", second);
            Path result = required("commit_file", third);
            try (WritableLayer layer = WritableLayer.open(data, index)) {
                checkKind(layer);
                write(result, List.of(data, index), target -> layer.commit(target, options));
            }
        }
        print("overlaybd-commit has committed files SUCCESSFULLY");
    }

    private void seal(Path index) throws IOException {
        if (third != null || zfile || tarWrapper || turboOci || upload.areGiven()) {
            throw invalid(
                    "--seal makes no new file: commit_file, -z, -t, --turboOCI and --upload have no meaning with it");
        }
        try (WritableLayer layer = WritableLayer.open(data, index)) {
            layer.seal();
        }
        print("overlaybd-commit has committed files SUCCESSFULLY");
    }

    private void checkKind(WritableLayer layer) throws ToolException {
        boolean found = layer.kind() == Kind.TURBO_OCI;
        if (found != turboOci) {
            throw new ToolException(data + " and " + second + " are "
                    + (found ? "a turboOCI layer: give" : "no turboOCI layer: leave out") + " --turboOCI");
        }
    }

    private LayerOptions options() throws ToolException {
        if (tag.getBytes(StandardCharsets.UTF_8).length > MAX_TAG) {
            throw new ToolException(
                    "the user tag is longer than " + MAX_TAG + " bytes, 105: No buffer space available");
        }
        upload.check(this, zfile, tarWrapper);
        if (!zfile && compression.areGiven()) {
            printError("WARNING option '--bs' and '--algorithm' will be ignored without '-z'");
        }
        return new LayerOptions(uuid, parentUuid, tag, zfile ? zfileOptions() : null, tarWrapper);
    }

    private ZFileOptions zfileOptions() throws ToolException {
        if (threads < 1 || threads > ZFileOptions.MAX_THREADS) {
            throw invalid("--compress_threads: from 1 to " + ZFileOptions.MAX_THREADS + ", not " + threads);
        }
        return compression.toZFileOptions().withThreads(threads);
    }

    private void write(Path path, List<Path> from, LayerResult.Source source) throws IOException {
        LayerResult result = new LayerResult(path, force);
        result.requireOtherThan(from);
        if (upload.areGiven()) {
            printError(result.writeAndUpload(source, upload).toString());
        } else {
            result.write(source);
        }
    }
}
