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

    @Option(names = "--backend-config", paramLabel = "JSON", description = "of the backend: {\"dir\":\"DIRECTORY\"}")
    private @Nullable String backend;

    @Option(names = "--backend-config-file", paramLabel = "FILE", description = "the same in a file")
    private @Nullable Path backendFile;

    /** Where the blobs are: one of three ways to say it. */
    static final class Blobs {
        @Option(
                names = {"-b", "--blob"},
                description = "the blob, of an image that has one")
        private @Nullable Path blob;

        @Option(
                names = {"-D", "--blob-dir"},
                description = "directory with the blobs")
        private @Nullable Path directory;

        @Option(names = "--backend-type", paramLabel = "localfs", description = "backend with the blobs")
        private @Nullable String type;
    }

    private BlobSource source() throws IOException {
        if (blobs.type != null) {
            return configured(blobs.type);
        }
        if (backend != null || backendFile != null) {
            throw misuse("--backend-config goes with --backend-type only");
        }
        if (blobs.directory != null) {
            return new BlobDirectory(List.of(blobs.directory));
        }
        Path file = blobs.blob == null ? Path.of("") : blobs.blob;
        return _ -> FileBlob.open(file);
    }

    private BlobSource configured(String type) throws IOException {
        if (!type.equals(ConfiguredBlobs.LOCAL)) {
            throw misuse("--backend-type " + type + " is not supported, only " + ConfiguredBlobs.LOCAL
                    + ": copy the blobs into a directory");
        }
        if ((backend == null) == (backendFile == null)) {
            throw misuse("--backend-type needs --backend-config or --backend-config-file, and one of them only");
        }
        return backendFile == null
                ? ConfiguredBlobs.localFiles("--backend-config", String.valueOf(backend))
                : ConfiguredBlobs.localFiles(backendFile.toString(), Files.readString(backendFile));
    }

    private ParameterException misuse(String problem) {
        return new ParameterException(spec.commandLine(), problem);
    }

    private void tell(ByteString path) {
        spec.commandLine().getErr().println("nydus-image unpack: /" + path + ": a tar has no sockets, left out");
    }

    @Override
    public Integer call() throws IOException {
        BlobSource source = source();
        Bootstrap image = bootstrap.load();
        if (blobs.blob != null && image.blobs().size() != 1) {
            throw new IOException(bootstrap.path() + ": the image has "
                    + image.blobs().size() + " blobs: use --blob-dir, not --blob");
        }
        boolean existed = Files.exists(output);
        try (ChunkReader chunks = new ChunkReader(image, source, false);
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
