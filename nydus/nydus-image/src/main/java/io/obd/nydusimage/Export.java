package io.obd.nydusimage;

import io.obd.block.FileBlob;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.DiskLayout;
import io.obd.rafs.data.BlobDirectory;
import io.obd.rafs.data.BlobSource;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Writes an image as a disk. */
@Command(
        name = "export",
        sortOptions = false,
        description = "Writes an image of version 6 as a disk with the file system EROFS.")
final class Export implements Callable<Integer> {
    private static final int MOST_THREADS = 32;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(names = "--block", required = true, description = "as a disk: there is no other form")
    @SuppressWarnings("UnusedVariable") // has to be given, says nothing
    private boolean block;

    @Option(
            names = {"-B", "--bootstrap"},
            required = true,
            description = "the image's bootstrap")
    private Path bootstrap = Path.of("");

    @ArgGroup(multiplicity = "1")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Blobs blobs;

    @Option(
            names = {"-O", "--output"},
            description =
                    "the disk (default: NAME.disk in the directory of the blobs, or with --config of the bootstrap; NAME is the bootstrap's)")
    private @Nullable Path output;

    @Option(names = "--threads", defaultValue = "4", description = "threads that read blobs, 1 to 32 (default: 4)")
    private int threads;

    @Option(names = "--verity", description = "add a hash tree for dm-verity, and print the options to open it with")
    private boolean verity;

    /** Where the blobs are. */
    static final class Blobs {
        @Option(
                names = {"-D", "--localfs-dir"},
                description = "directory with the blobs")
        private @Nullable Path directory;

        @Option(
                names = {"-C", "--config"},
                description = "configuration of nydusd that says in which directory they are")
        private @Nullable Path config;

        BlobSource source() throws IOException {
            if (config != null) {
                return ConfiguredBlobs.read(config);
            }
            return new BlobDirectory(directory == null ? List.of() : List.of(directory));
        }

        /** Where the disk goes if nothing else is said: beside the blobs or, if their place is configured, the bootstrap. */
        Path disk(Path bootstrap) {
            String name = bootstrap.getFileName() + ".disk";
            return directory == null ? bootstrap.resolveSibling(name) : directory.resolve(name);
        }
    }

    @Override
    public Integer call() throws IOException {
        if (threads < 1 || threads > MOST_THREADS) {
            throw new ParameterException(spec.commandLine(), "--threads is " + threads + ", not 1 to " + MOST_THREADS);
        }
        Bootstrap image = Bootstrap.load(bootstrap);
        DiskLayout layout;
        try (FileBlob file = FileBlob.open(bootstrap)) {
            layout = DiskLayout.read(file, image);
        }
        BlobSource source = blobs.source();
        Path disk = output == null ? blobs.disk(bootstrap) : output;
        boolean existed = Files.exists(disk);
        try (FileChannel out = FileChannel.open(
                disk,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
            new DiskWriter(bootstrap, image, layout, source).write(out, threads);
            if (verity) {
                addHashTree(out, layout);
            }
            out.force(true);
        } catch (IOException e) {
            if (!existed) {
                Files.deleteIfExists(disk);
            }
            throw e;
        }
        return 0;
    }

    private void addHashTree(FileChannel disk, DiskLayout layout) throws IOException {
        long blocks = layout.size() / layout.blockSize();
        HashTree tree = new HashTree(disk, layout.blockSize(), blocks);
        String root = tree.write();
        spec.commandLine()
                .getOut()
                .println("dm-verity options: --no-superblock --format=1 -s \"\" --hash=sha256 --data-block-size="
                        + layout.blockSize() + " --hash-block-size=4096 --data-blocks " + blocks + " --hash-offset "
                        + tree.offset() + " " + root);
    }
}
