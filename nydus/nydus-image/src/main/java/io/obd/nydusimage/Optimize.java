package io.obd.nydusimage;

import io.obd.fs.tar.ByteString;
import io.obd.nydusbackend.Backend;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.build.BuiltImage;
import io.obd.rafs.build.ImageOptimizer;
import io.obd.rafs.build.ImageOptimizer.Wanted;
import io.obd.rafs.data.ChunkReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Puts what is wanted first of an image into a blob of its own. */
@Command(
        name = "optimize",
        sortOptions = false,
        description =
                "Copies the files that are wanted first into one more blob, to be fetched before they are asked for.")
final class Optimize implements Callable<Integer> {
    private final BlobPlaces places;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @ParentCommand
    @SuppressWarnings("NullAway.Init") // set by picocli
    private NydusImage command;

    @Option(
            names = {"-B", "--bootstrap"},
            required = true,
            description = "the image's bootstrap")
    private Path bootstrap = Path.of("");

    @Option(
            names = {"-p", "--prefetch-files"},
            required = true,
            paramLabel = "FILE",
            description = "a list of the files and directories, a path a line, or JSON: {\"version\":\"v1\",\"files\":"
                    + "[{\"path\":\"/a\",\"ranges\":[[OFFSET,LENGTH]]}]}")
    private Path files = Path.of("");

    @ArgGroup
    private @Nullable Blobs blobs;

    @Mixin
    private BackendOption backend = new BackendOption();

    @Option(
            names = {"-O", "--output-bootstrap"},
            paramLabel = "FILE",
            description = "the new bootstrap; default: ${DEFAULT-VALUE}")
    private Path output = Path.of("optimized_bootstrap");

    @Option(names = "--output-blob-dir", required = true, description = "directory for the new blob")
    private Path directory = Path.of("");

    @Mixin
    private SummaryOption summary = new SummaryOption();

    /** Where the blobs are, unless they are in a backend. */
    static final class Blobs {
        @Option(
                names = {"-D", "--blob-dir"},
                description = "directory with the blobs")
        private @Nullable Path directory;

        @Option(
                names = {"-b", "--blob"},
                description = "the blob, of an image that has one")
        private @Nullable Path blob;

        @Option(
                names = {"-C", "--config"},
                description = "configuration of nydusd that says where they are")
        private @Nullable Path config;
    }

    /** @param places opens where the blobs are */
    Optimize(BlobPlaces places) {
        this.places = places;
    }

    private Backend open() throws IOException {
        backend.check();
        if (backend.isGiven() == (blobs != null)) {
            throw misuse("where the blobs are is one of --blob-dir, --blob, --config and --backend-type");
        }
        if (blobs == null) {
            return backend.open(places);
        }
        if (blobs.directory != null) {
            return places.directory(blobs.directory);
        }
        return blobs.blob != null ? places.file(blobs.blob) : places.configured(Objects.requireNonNull(blobs.config));
    }

    @Override
    public Integer call() throws IOException {
        long start = System.nanoTime();
        if (!Files.isDirectory(directory)) {
            throw misuse("--output-blob-dir " + directory + " is no directory");
        }
        BuiltImage optimized;
        Bootstrap image;
        try (Backend source = open()) {
            List<Wanted> wanted = PrefetchFiles.read(files);
            image = Bootstrap.load(bootstrap);
            if (blobs != null && blobs.blob != null && image.blobs().size() != 1) {
                throw new IOException(
                        bootstrap + ": the image has " + image.blobs().size() + " blobs: use --blob-dir, not --blob");
            }
            try (ChunkReader chunks = new ChunkReader(image, ReadAhead.of(source), true);
                    NewBlobFiles added = new NewBlobFiles(directory)) {
                optimized = new ImageOptimizer(image, this::tell).optimize(wanted, chunks, added);
                NewFile.write(output, optimized.bootstrap());
                added.keep();
            }
        }
        List<String> ids = optimized.blobs().stream().map(BlobInfo::id).toList();
        summary.write(() -> Summary.built(output, optimized, image, start));
        command.inform("successfully optimized RAFS filesystem:\nmeta blob path: " + output + "\ndata blobs: " + ids);
        return 0;
    }

    private void tell(ByteString path) {
        spec.commandLine().getErr().println("nydus-image optimize: " + path + ": the image has no such file");
    }

    private ParameterException misuse(String problem) {
        return new ParameterException(spec.commandLine(), problem);
    }
}
