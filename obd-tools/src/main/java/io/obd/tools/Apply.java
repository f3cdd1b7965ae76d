package io.obd.tools;

import io.obd.block.BlockStore;
import io.obd.block.StreamCompression;
import io.obd.fs.Ext4;
import io.obd.fs.LayerApplier;
import io.obd.registry.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Unpacks the tar of an image layer into a device. */
@Command(
        name = "overlaybd-apply",
        sortOptions = false,
        description = "Unpacks the tar of an image layer into the device that a configuration describes.")
final class Apply extends Tool {
    @Parameters(index = "0", paramLabel = "input_path", description = "tar, plain or compressed (gzip, zstd); a FIFO")
    private Path input = Path.of("");

    @Parameters(index = "1", paramLabel = "image_config_path", description = "the device; upper must be set")
    private Path configuration = Path.of("");

    @Option(
            names = "--raw",
            arity = "0..1",
            fallbackValue = "true",
            description = "image_config_path is itself the device, a raw image")
    private boolean raw;

    @Option(names = "--mkfs", arity = "0..1", fallbackValue = "true", description = "make an ext4 file system first")
    private boolean mkfs;

    @Option(
            names = "--checksum",
            paramLabel = "sha256:HEX",
            converter = Sha256Converter.class,
            description = "digest that the uncompressed tar must have")
    private @Nullable Digest checksum;

    @Mixin
    private ServiceConfigOption service = new ServiceConfigOption();

    @Option(names = "--gz_index_path", paramLabel = "FILE", hidden = true)
    private @Nullable Path gzipIndex;

    @Option(
            names = {"--from_qcow2", "--extract-rootfs", "--no-extract-rootfs"},
            arity = "0..1",
            fallbackValue = "true",
            hidden = true)
    private boolean fromQcow2;

    @Override
    void run() throws IOException {
        if (gzipIndex != null) {
            throw new ToolException(
                    "--gz_index_path: layers that leave their data in a gzip blob are built by turboOCI-apply");
        }
        if (fromQcow2) {
            throw new ToolException("--from_qcow2: qcow2 disks are not read; convert it with"
                    + " 'qemu-img convert -O raw' and copy its files");
        }
        existing("input_path", input);
        existing("image_config_path", configuration);
        service.check(this);
        if (raw) {
            try (RawDisk disk = RawDisk.open(configuration)) {
                apply(disk);
            }
        } else {
            try (ImageDevice device = ImageDevice.openWritable(configuration, service)) {
                apply(device.disk());
            }
        }
        print("overlaybd-apply done");
    }

    private void apply(BlockStore disk) throws IOException {
        try (InputStream file = Files.newInputStream(input);
                Ext4 fs = new DeviceFileSystem(configuration).on(disk, mkfs)) {
            InputStream tar = StreamCompression.decompress(file);
            new LayerApplier(fs).apply(checksum == null ? tar : new CheckedStream(tar, checksum));
        }
    }
}
