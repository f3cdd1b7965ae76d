package io.obd.nydusimage;

import io.obd.fs.tar.ByteString;
import io.obd.nydusbackend.Backend;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.data.ChunkReader;
import io.obd.rafs.tar.TreeTar;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Writes the tree of an image as a tar. */
@Command(name = "unpack", sortOptions = false, description = "Writes the files of an image to a tar.")
final class Unpack implements Callable<Integer> {
    private final BlobPlaces places;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Mixin
    private BootstrapOption bootstrap = new BootstrapOption();

    @ArgGroup
    private @Nullable Blobs blobs;

    @Option(
            names = {"-o", "--output"},
            required = true,
            description = "the tar; may be a FIFO")
    private Path output = Path.of("");

    @Mixin
    private BackendOption backend = new BackendOption();

    /** Where the blobs are, unless they are in a backend. */
    static final class Blobs {
        @Option(
                names = {"-b", "--blob"},
                description = "the blob, of an image that has one")
        private @Nullable Path blob;

        @Option(
                names = {"-D", "--blob-dir"},
                description = "directory with the blobs")
        private @Nullable Path directory;
    }

    /** @param places opens where the blobs are */
    Unpack(BlobPlaces places) {
        this.places = places;
    }

    private Backend open() throws IOException {
        backend.check();
        if (backend.isGiven() == (blobs != null)) {
            throw new ParameterException(
                    spec.commandLine(), "where the blobs are is one of --blob, --blob-dir and --backend-type");
        }
        if (blobs == null) {
            return backend.open(places);
        }
        return blobs.directory == null
                ? places.file(Objects.requireNonNull(blobs.blob))
                : places.directory(blobs.directory);
    }

    private void tell(ByteString path) {
        spec.commandLine().getErr().println("nydus-image unpack: /" + path + ": a tar has no sockets, left out");
    }

    @Override
    public Integer call() throws IOException {
        try (Backend source = open()) {
            Bootstrap image = bootstrap.load();
            if (blobs != null && blobs.blob != null && image.blobs().size() != 1) {
                throw new IOException(bootstrap.path() + ": the image has "
                        + image.blobs().size() + " blobs: use --blob-dir, not --blob");
            }
            unpack(image, source);
        }
        return 0;
    }

    private void unpack(Bootstrap image, Backend source) throws IOException {
        try (ChunkReader chunks = new ChunkReader(image, ReadAhead.of(source), true);
                NewFile file = NewFile.at(output)) {
            new TreeTar(file.out(), chunks, this::tell).write(image.root());
            file.keep();
        }
    }
}
