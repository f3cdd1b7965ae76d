package io.obd.ctr;

import static java.util.Objects.requireNonNull;

import io.obd.block.Codec;
import io.obd.convert.records.ConversionDatabase;
import io.obd.convert.records.MySqlDsn;
import io.obd.ctr.client.Containerd;
import io.obd.ctr.convert.ConversionRequest;
import io.obd.ctr.convert.Destination;
import io.obd.ctr.convert.FileSystemSpec;
import io.obd.ctr.convert.InContainerd;
import io.obd.ctr.convert.InRegistry;
import io.obd.ctr.convert.StoredConversion;
import io.obd.ctr.pull.ImagePull;
import io.obd.ctr.pull.PullProgress;
import io.obd.ctr.pull.PullRequest;
import io.obd.lsmt.blob.ZFileOptions;
import io.obd.registry.Descriptor;
import io.obd.registry.ImageReference;
import io.obd.registry.RegistryClient;
import io.obd.registry.Repository;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code ctr obdconv}. */
@Command(
        name = "obdconv",
        description = {
            "Convert an image that containerd has into an overlaybd image.",
            "The result is another image in containerd, to be pushed with 'ctr image push' unless --dbstr is given."
        },
        sortOptions = false,
        abbreviateSynopsis = true)
final class Obdconv implements Callable<Integer> {
    private static final long MAX_DEVICE_GB = 16 * 1024;
    private static final int KB = 1024;

    @Spec
    private @Nullable CommandSpec command;

    @ParentCommand
    private @Nullable Ctr ctr;

    @Parameters(index = "0", paramLabel = "SOURCE", description = "an image, as 'ctr image ls' names it")
    private String source = "";

    @Parameters(
            index = "1",
            paramLabel = "TARGET",
            description = "name of the result; an image of that name is replaced")
    private String target = "";

    @Option(
            names = "--fstype",
            paramLabel = "TYPE[;MOUNT[;MKFS]]",
            defaultValue = "ext4",
            description = {
                "file system of the device (default: ext4), with options for mount (joined by ',') and for mkfs (by ' ').",
                "ext4 without options for mkfs is written directly, all else through a device of the snapshotter."
            })
    private String fileSystem = "";

    @Option(
            names = "--dbstr",
            paramLabel = "DSN",
            description = {
                "MySQL database of what was converted before: USER:PASSWORD@tcp(HOST:PORT)/DATABASE.",
                "With it the result is pushed to its registry, and pulled from there without its layers."
            })
    private String database = "";

    @Option(
            names = "--algorithm",
            paramLabel = "lz4|zstd",
            defaultValue = "",
            description = "compression (default: lz4)")
    private String algorithm = "";

    @Option(
            names = "--bs",
            paramLabel = "KB",
            defaultValue = "0",
            description = "size of a block that is compressed: 4, 8, 16, 32 or 64 (default: 4)")
    private int blockSize;

    @Option(
            names = "--vsize",
            paramLabel = "GB",
            defaultValue = "64",
            description = "size of the device (default: ${DEFAULT-VALUE})")
    private long gigabytes;

    @Mixin
    private final PasswordHandover handover = new PasswordHandover();

    @Mixin
    private final RegistryFlags registry = new RegistryFlags();

    @Override
    public Integer call() throws IOException {
        GlobalFlags flags = requireNonNull(ctr).flags();
        Optional<MySqlDsn> dsn = dsn();
        ConversionRequest request = request(new InContainerd(target));
        Optional<ImageReference> pushed = dsn.map(_ -> pushed());
        Log.install(System.err, flags.debug());
        CommandLine line = requireNonNull(command).commandLine();
        if (dsn.isEmpty() && registry.areGiven()) {
            line.getErr().println("ctr: flags for the registry have no effect without --dbstr: none is asked");
        }
        PrintWriter out = line.getOut();
        out.println("filesystem type: " + fileSystem);
        dsn.ifPresent(place -> out.println("database config string: " + place));
        out.println("vsize: " + gigabytes + " GB");
        new Watch(flags.timeout()).over(() -> {
            try (Containerd containerd = Containerd.connect(flags.socket(), flags.namespace())) {
                Descriptor result = dsn.isPresent()
                        ? push(dsn.get(), pushed.orElseThrow(), containerd, flags, out)
                        : conversion(containerd, flags, out, "the content store")
                                .run(request);
                out.println("new image digest: " + result.digest());
            }
        });
        return 0;
    }

    private static StoredConversion conversion(
            Containerd containerd, GlobalFlags flags, PrintWriter out, String place) {
        return new StoredConversion(
                containerd,
                new ConversionLines(out, place),
                flags.connectTimeout(),
                Path.of(System.getProperty("java.io.tmpdir")));
    }

    /** What is in the registry then is pulled, so that it can be run here at once. */
    private Descriptor push(
            MySqlDsn dsn, ImageReference image, Containerd containerd, GlobalFlags flags, PrintWriter out)
            throws IOException, InterruptedException {
        try (ConversionDatabase records = ConversionDatabase.mysql(dsn);
                RegistryClient client =
                        new RegistryClient(registry.config(image.host()), registry.credentials(image.host()))) {
            Repository repository = client.repository(image);
            Descriptor result = conversion(containerd, flags, out, "the registry")
                    .run(request(new InRegistry(image, repository, records)));
            registry.given().ifPresent(credentials -> handover.handOver(image, credentials));
            try (PullProgress progress = new PlainProgress(out)) {
                new ImagePull(containerd, repository, progress, flags.connectTimeout())
                        .run(new PullRequest(image, StoredConversion.SNAPSHOTTER, Map.of(), false));
            }
            return result;
        }
    }

    private Optional<MySqlDsn> dsn() {
        try {
            return database.isEmpty() ? Optional.empty() : Optional.of(MySqlDsn.parse(database));
        } catch (IllegalArgumentException e) {
            throw usage("--dbstr: " + e.getMessage());
        }
    }

    private ImageReference pushed() {
        try {
            ImageReference image = ImageReference.parse(target);
            if (image.tag() == null || image.digest() != null) {
                throw usage("--dbstr: the result is pushed, and its name needs a tag and no digest: " + target);
            }
            return image;
        } catch (IllegalArgumentException e) {
            throw usage(e.getMessage());
        }
    }

    private ConversionRequest request(Destination destination) {
        if (gigabytes < 1 || gigabytes > MAX_DEVICE_GB) {
            throw usage("--vsize: from 1 to " + MAX_DEVICE_GB + " GB, not " + gigabytes);
        }
        try {
            return new ConversionRequest(
                    source, destination, FileSystemSpec.parse(fileSystem), compression(), gigabytes);
        } catch (IllegalArgumentException e) {
            throw usage("--fstype: " + e.getMessage());
        }
    }

    private ZFileOptions compression() {
        Codec codec =
                switch (algorithm) {
                    case "", "lz4" -> Codec.LZ4;
                    case "zstd" -> Codec.ZSTD;
                    default -> throw usage("--algorithm: lz4 or zstd, not " + algorithm);
                };
        return switch (blockSize) {
            case 0 -> new ZFileOptions(codec, ZFileOptions.DEFAULT.blockSize());
            case 4, 8, 16, 32, 64 -> new ZFileOptions(codec, blockSize * KB);
            default -> throw usage("--bs: 4, 8, 16, 32 or 64, not " + blockSize);
        };
    }

    private ParameterException usage(@Nullable String problem) {
        return new ParameterException(requireNonNull(command).commandLine(), problem);
    }
}
