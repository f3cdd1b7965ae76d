package io.obd.nydusimage;

import io.obd.nydusbackend.Backend;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.build.BuiltImage;
import io.obd.rafs.build.ImageCompactor;
import io.obd.rafs.data.BlobSource;
import io.obd.rafs.data.ChunkReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Makes fewer and smaller blobs of those of an image. */
@Command(
        name = "compact",
        sortOptions = false,
        description = "Leaves out what an image does not use of its blobs, and puts small blobs together.")
final class Compact implements Callable<Integer> {
    private static final int MOST_PERCENT = 99;

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
            names = {"-D", "--blob-dir"},
            required = true,
            description = "directory with the blobs, or those of them that are not in the backend; gets new blobs")
    private Path directory = Path.of("");

    @Mixin
    private BackendOption backend = new BackendOption();

    @Option(
            names = "--min-used-ratio",
            defaultValue = "0",
            description =
                    "percent of a blob that have to be in use, or it is written anew without the rest: 1 to 99, or 0 for"
                            + " no such rule; default: 0")
    private int leastUse;

    @Option(
            names = "--compact-blob-size",
            defaultValue = "10485760",
            description = "blobs of fewer bytes are put together; default: ${DEFAULT-VALUE}")
    private long small;

    @Option(
            names = "--max-compact-size",
            defaultValue = "104857600",
            description = "the most bytes that are put together; default: ${DEFAULT-VALUE}")
    private long largest;

    @Option(
            names = "--layers-to-compact",
            defaultValue = "0",
            description = "an image with fewer blobs is left as it is; default: 0")
    private int leastBlobs;

    @Option(
            names = "--chunk-dict",
            paramLabel = "[bootstrap=]FILE",
            description = "image whose blobs stay as they are, since other images have them too")
    private @Nullable String sharedImage;

    @Option(
            names = {"-O", "--output-bootstrap"},
            paramLabel = "FILE",
            description =
                    "the new bootstrap; default: the name of the old one with .bootstrap.compact in place of its end")
    private @Nullable Path output;

    @Mixin
    private SummaryOption summary = new SummaryOption();

    /** @param places opens where the blobs are */
    Compact(BlobPlaces places) {
        this.places = places;
    }

    @Override
    public Integer call() throws IOException {
        long start = System.nanoTime();
        check();
        Bootstrap image = Bootstrap.load(bootstrap);
        if (image.blobs().size() < leastBlobs) {
            command.inform("the image has " + image.blobs().size() + " blobs, and is left as it is");
            return 0;
        }
        BuiltImage compacted;
        Path written = output == null ? beside(bootstrap) : output;
        try (Backend local = places.directory(directory);
                Backend remote = backend.isGiven() ? backend.open(places) : null;
                ChunkReader chunks = new ChunkReader(image, source(local, remote), true);
                NewBlobFiles blobs = new NewBlobFiles(directory)) {
            ImageCompactor compactor =
                    new ImageCompactor(new ImageCompactor.Rules(leastUse, small, largest), sharedBlobs());
            compacted = compactor.compact(image, chunks, blobs);
            NewFile.write(written, compacted.bootstrap());
            blobs.keep();
        }
        List<String> ids = compacted.blobs().stream().map(BlobInfo::id).toList();
        summary.write(() -> Summary.built(written, compacted, image, start));
        command.inform("successfully compacted RAFS filesystem:\nmeta blob path: " + written + "\ndata blobs: " + ids);
        return 0;
    }

    private void check() {
        backend.check();
        if (leastUse < 0 || leastUse > MOST_PERCENT) {
            throw misuse("--min-used-ratio is " + leastUse + ", not 0 to " + MOST_PERCENT);
        }
        if (small < 0 || largest < 0 || leastBlobs < 0) {
            throw misuse("--compact-blob-size, --max-compact-size or --layers-to-compact is negative");
        }
        if (!Files.isDirectory(directory)) {
            throw misuse("--blob-dir " + directory + " is no directory");
        }
    }

    private BlobSource source(Backend local, @Nullable Backend remote) {
        if (remote == null) {
            return local;
        }
        BlobSource others = ReadAhead.of(remote);
        return id -> Files.isRegularFile(directory.resolve(id)) ? local.open(id) : others.open(id);
    }

    private Set<String> sharedBlobs() throws IOException {
        if (sharedImage == null) {
            return Set.of();
        }
        return Bootstrap.load(DictionaryOption.file(spec, sharedImage)).blobs().stream()
                .map(BlobInfo::id)
                .collect(Collectors.toSet());
    }

    private static Path beside(Path bootstrap) {
        String name = String.valueOf(bootstrap.getFileName());
        int dot = name.lastIndexOf('.');
        return bootstrap.resolveSibling((dot > 0 ? name.substring(0, dot) : name) + ".bootstrap.compact");
    }

    private ParameterException misuse(String problem) {
        return new ParameterException(spec.commandLine(), problem);
    }
}
