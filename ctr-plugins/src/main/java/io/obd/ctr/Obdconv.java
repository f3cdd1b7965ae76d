package io.obd.ctr;

import static java.util.Objects.requireNonNull;

import io.obd.block.Codec;
import io.obd.ctr.client.Containerd;
import io.obd.ctr.convert.ConversionRequest;
import io.obd.ctr.convert.FileSystemSpec;
import io.obd.ctr.convert.StoredConversion;
import io.obd.lsmt.blob.ZFileOptions;
import io.obd.registry.Descriptor;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
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
            "The result is another image in containerd, to be pushed with 'ctr image push'."
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

    @Option(names = "--dbstr", paramLabel = "DSN", description = "database for deduplication; not supported yet")
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
    private final RegistryFlags registry = new RegistryFlags();

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "show this text")
    @SuppressWarnings("UnusedVariable") // picocli reads it
    private boolean help;

    @Override
    public Integer call() throws IOException {
        GlobalFlags flags = requireNonNull(ctr).flags();
        ConversionRequest request = request();
        Log.install(System.err, flags.debug());
        CommandLine line = requireNonNull(command).commandLine();
        if (registry.areGiven()) {
            line.getErr().println("ctr: flags for the registry have no effect without --dbstr: none is asked");
        }
        PrintWriter out = line.getOut();
        out.println("filesystem type: " + fileSystem);
        out.println("vsize: " + gigabytes + " GB");
        new Watch(flags.timeout()).over(() -> convert(request, flags, out));
        return 0;
    }

    private void convert(ConversionRequest request, GlobalFlags flags, PrintWriter out) throws IOException {
        Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        try (Containerd containerd = Containerd.connect(flags.socket(), flags.namespace())) {
            Descriptor result = new StoredConversion(
                            containerd, new ConversionLines(out), flags.connectTimeout(), temporary)
                    .run(request);
            out.println("new image digest: " + result.digest());
        }
    }

    private ConversionRequest request() {
        if (!database.isEmpty()) {
            throw usage("--dbstr is not supported by this version of ctr");
        }
        if (gigabytes < 1 || gigabytes > MAX_DEVICE_GB) {
            throw usage("--vsize: from 1 to " + MAX_DEVICE_GB + " GB, not " + gigabytes);
        }
        try {
            return new ConversionRequest(source, target, FileSystemSpec.parse(fileSystem), compression(), gigabytes);
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

    private ParameterException usage(String problem) {
        return new ParameterException(requireNonNull(command).commandLine(), problem);
    }
}
