package io.obd.nydusimage;

import io.obd.block.FileBlob;
import io.obd.fs.tar.ByteString;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.data.BlobDirectory;
import io.obd.rafs.data.BlobSource;
import io.obd.rafs.data.ChunkReader;
import io.obd.rafs.tar.TreeTar;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
    private static final int BUFFER = 1 << 20;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Mixin
    private BootstrapOption bootstrap = new BootstrapOption();

    @ArgGroup(multiplicity = "1")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Blobs blobs;

    @Option(
            names = {"-o", "--output"},
            required = true,
            description = "the tar; may be a FIFO")
    private Path output = Path.of("");

    @Option(
            names = {"--backend-config", "--backend-config-file"},
            hidden = true)
    private @Nullable String backend;

    /** Where the blobs are: one of two ways to say it. */
    static final class Blobs {
        @Option(
                names = {"-b", "--blob"},
                description = "the blob, of an image that has one")
        private @Nullable Path blob;

        @Option(
                names = {"-D", "--blob-dir"},
                description = "directory with the blobs")
        private @Nullable Path directory;

        @Option(names = "--backend-type", hidden = true)
        private @Nullable String type;

        BlobSource source() {
            if (directory != null) {
                return new BlobDirectory(List.of(directory));
            }
            Path file = blob == null ? Path.of("") : blob;
            return _ -> FileBlob.open(file);
        }
    }

    private void tell(ByteString path) {
        spec.commandLine().getErr().println("nydus-image unpack: /" + path + ": a tar has no sockets, left out");
    }

    @Override
    public Integer call() throws IOException {
        if (blobs.type != null || backend != null) {
            throw new ParameterException(
                    spec.commandLine(),
                    (blobs.type == null ? "--backend-config" : "--backend-type " + blobs.type)
                            + " is not supported: copy the blobs into a directory and say --blob-dir");
        }
        Bootstrap image = bootstrap.load();
        if (blobs.blob != null && image.blobs().size() != 1) {
            throw new IOException(bootstrap.path() + ": the image has "
                    + image.blobs().size() + " blobs: use --blob-dir, not --blob");
        }
        boolean existed = Files.exists(output);
        try (ChunkReader chunks = new ChunkReader(image, blobs.source(), false);
                OutputStream file = new BufferedOutputStream(Files.newOutputStream(output), BUFFER)) {
            new TreeTar(file, chunks, this::tell).write(image.root());
        } catch (IOException e) {
            if (!existed) {
                Files.deleteIfExists(output);
            }
            throw e;
        }
        return 0;
    }
}
