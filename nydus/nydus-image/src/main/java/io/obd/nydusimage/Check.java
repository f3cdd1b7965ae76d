package io.obd.nydusimage;

import io.obd.rafs.BlobInfo;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.Chunk;
import io.obd.rafs.data.BlobDirectory;
import io.obd.rafs.data.BlobSource;
import io.obd.rafs.data.ChunkReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Reads a bootstrap in full, and the blobs too if it is told where they are. */
@Command(
        name = "check",
        sortOptions = false,
        description = "Checks a bootstrap, and with --blob-dir or --config that each chunk has its digest.")
final class Check implements Callable<Integer> {
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

    @Option(
            names = {"-J", "--output-json"},
            description = "write a summary to this file")
    private @Nullable Path outputJson;

    /** Where the blobs are. */
    static final class Blobs {
        @Option(
                names = {"-D", "--blob-dir"},
                description = "directory with the blobs: all chunks are read, too")
        private @Nullable Path directory;

        @Option(
                names = {"-C", "--config"},
                description = "configuration of nydusd that says in which directory they are, likewise")
        private @Nullable Path config;

        BlobSource source() throws IOException {
            if (config != null) {
                return ConfiguredBlobs.read(config);
            }
            return new BlobDirectory(directory == null ? List.of() : List.of(directory));
        }
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
        if (blobs != null) {
            readAll(image, blobs.source());
        }
        out.println("RAFS filesystem metadata is valid, referenced data blobs: ");
        for (BlobInfo blob : image.blobs()) {
            out.println("\t " + blob.index() + ": " + blob.id() + ", compressed size " + blob.compressedSize()
                    + ", uncompressed size " + blob.uncompressedSize() + ", chunk size: " + blob.chunkSize()
                    + ", chunk count: " + blob.chunkCount() + ", features: " + blob.features());
        }
        if (outputJson != null) {
            Files.write(outputJson, Summary.of(bootstrap.path(), image, loaded).toJson());
        }
        return 0;
    }

    private static void readAll(Bootstrap image, BlobSource source) throws IOException {
        ByteBuffer content = ByteBuffer.allocateDirect(image.chunkSize());
        try (ChunkReader chunks = new ChunkReader(image, source, true)) {
            for (Chunk chunk : image.chunks()) {
                chunks.read(chunk, content.clear());
            }
        }
    }
}
