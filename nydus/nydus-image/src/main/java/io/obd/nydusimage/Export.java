package io.obd.nydusimage;

import io.obd.block.FileBlob;
import io.obd.nydusbackend.Backend;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.DiskLayout;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Optional;
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

    private final BlobPlaces places;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(names = "--block", required = true, description = "as a disk: there is no other form")
    @SuppressWarnings("UnusedVariable") // has to be given, says nothing
    private boolean block;

    @Option(
            names = {"-B", "--bootstrap"},
            description = "the image's bootstrap, unless --config says which it is")
    private @Nullable Path bootstrap;

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
                description = "blob cache entry or configuration of nydusd that says where they are")
        private @Nullable Path config;

        Optional<CacheEntry> entry() throws IOException {
            return config == null ? Optional.empty() : CacheEntry.read(config);
        }

        Backend open(BlobPlaces places) throws IOException {
            if (directory != null) {
                return places.directory(directory);
            }
            Path file = Objects.requireNonNull(config);
            Optional<CacheEntry> entry = entry();
            return entry.isPresent()
                    ? places.configured(
                            file.toString(), entry.get().type(), entry.get().backend())
                    : places.configured(file);
        }

        /** Where the disk goes if nothing else is said: beside the blobs or, if their place is configured, the bootstrap. */
        Path disk(Path bootstrap) {
            String name = bootstrap.getFileName() + ".disk";
            return directory == null ? bootstrap.resolveSibling(name) : directory.resolve(name);
        }
    }

    /** @param places opens where the blobs are */
    Export(BlobPlaces places) {
        this.places = places;
    }

    @Override
    public Integer call() throws IOException {
        if (threads < 1 || threads > MOST_THREADS) {
            throw new ParameterException(spec.commandLine(), "--threads is " + threads + ", not 1 to " + MOST_THREADS);
        }
        Path source = bootstrap();
        Bootstrap image = Bootstrap.load(source);
        DiskLayout layout;
        try (FileBlob file = FileBlob.open(source)) {
            layout = DiskLayout.read(file, image);
        }
        Path disk = output == null ? blobs.disk(source) : output;
        try (Backend backend = blobs.open(places);
                NewFile file = NewFile.at(disk)) {
            try (FileChannel out =
                    FileChannel.open(file.written(), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                new DiskWriter(source, image, layout, ReadAhead.of(backend)).write(out, threads);
                if (verity) {
                    addHashTree(out, layout);
                }
                out.force(true);
            }
            file.keep();
        }
        return 0;
    }

    private Path bootstrap() throws IOException {
        if (bootstrap != null) {
            return bootstrap;
        }
        return blobs.entry()
                .map(CacheEntry::bootstrap)
                .orElseThrow(() -> new ParameterException(spec.commandLine(), "--bootstrap is missing"));
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
