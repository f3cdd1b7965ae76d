package io.obd.nydusimage;

import io.obd.nydusbackend.Backend;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.Chunk;
import io.obd.rafs.data.BlobSource;
import io.obd.rafs.data.ChunkReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
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
import picocli.CommandLine.Spec;

/** Reads a bootstrap in full, and the blobs too if it is told where they are. */
@Command(
        name = "check",
        sortOptions = false,
        description = "Checks a bootstrap, and that each chunk has its digest if it is said where the blobs are.")
final class Check implements Callable<Integer> {
    private final BlobPlaces places;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Mixin
    private BootstrapOption bootstrap = new BootstrapOption();

    @ArgGroup
    private @Nullable Blobs blobs;

    @Option(
            names = {"-v", "--verbose"},
            description = "list every inode and chunk")
    private boolean verbose;

    @Mixin
    private SummaryOption summary = new SummaryOption();

    /** Where the blobs are. */
    static final class Blobs {
        @Option(
                names = {"-D", "--blob-dir"},
                description = "directory with the blobs: all chunks are read, too")
        private @Nullable Path directory;

        @Option(
                names = {"-C", "--config"},
                description = "configuration of nydusd that says where they are, likewise")
        private @Nullable Path config;
    }

    @Mixin
    private BackendOption backend = new BackendOption();

    /** @param places opens where the blobs are */
    Check(BlobPlaces places) {
        this.places = places;
    }

    /** Where the blobs are, or null if nobody said. */
    private @Nullable Backend open() throws IOException {
        backend.check();
        if (backend.isGiven() && blobs != null) {
            throw new ParameterException(
                    spec.commandLine(), "where the blobs are is one of --blob-dir, --config and --backend-type");
        }
        if (backend.isGiven()) {
            return backend.open(places);
        }
        if (blobs == null) {
            return null;
        }
        return blobs.directory == null
                ? places.configured(Objects.requireNonNull(blobs.config))
                : places.directory(blobs.directory);
    }

    @Override
    public Integer call() throws IOException {
        long start = System.nanoTime();
        Bootstrap image = bootstrap.load();
        Duration loaded = Duration.ofNanos(System.nanoTime() - start);
        PrintWriter out = spec.commandLine().getOut();
        if (verbose) {
            new InodeListing(out, image).print();
        }
        try (Backend source = open()) {
            if (source != null) {
                readAll(image, ReadAhead.of(source));
            }
        }
        out.println("RAFS filesystem metadata is valid, referenced data blobs: ");
        for (BlobInfo blob : image.blobs()) {
            out.println("\t " + blob.index() + ": " + blob.id() + ", compressed size " + blob.compressedSize()
                    + ", uncompressed size " + blob.uncompressedSize() + ", chunk size: " + blob.chunkSize()
                    + ", chunk count: " + blob.chunkCount() + ", features: " + blob.features());
        }
        summary.write(() -> Summary.of(bootstrap.path(), image, loaded));
        return 0;
    }

    private static void readAll(Bootstrap image, BlobSource source) throws IOException {
        ByteBuffer content = ByteBuffer.allocateDirect(image.chunkSize());
        List<Chunk> byPlace = image.chunks().stream()
                .sorted(Comparator.comparingInt(Chunk::blob).thenComparingLong(Chunk::compressedOffset))
                .toList();
        try (ChunkReader chunks = new ChunkReader(image, source, true)) {
            for (Chunk chunk : byPlace) {
                chunks.read(chunk, content.clear());
            }
        }
    }
}
