package io.obd.tools;

import io.obd.block.StreamCompression;
import io.obd.block.gzip.GzipIndexer;
import io.obd.fs.Ext4;
import io.obd.fs.LayerApplier;
import io.obd.lsmt.LayeredImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes the metadata of an image layer, whose files stay where they are in its tar. */
@Command(
        name = "turboOCI-apply",
        sortOptions = false,
        description =
                "Makes the file system of an image layer in the device that a configuration describes, without the"
                        + " content of files: that is referred to in the tar.")
final class TurboOciApply extends Tool {
    private static final String EXT4 = "ext4";

    @Parameters(index = "0", paramLabel = "input_path", description = "tar, plain or gzip")
    private Path input = Path.of("");

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "image_config_path",
            description = "the device; upper must be set and be a turboOCI layer")
    private @Nullable Path configuration;

    @Option(names = "--mkfs", arity = "0..1", fallbackValue = "true", description = "make an ext4 file system first")
    private boolean mkfs;

    @Option(names = "--fstype", paramLabel = "ext4", description = "kind of the file system (default: ext4)")
    private String fileSystem = EXT4;

    @Option(
            names = "--gz_index_path",
            paramLabel = "FILE",
            description = "index of a gzip tar, replaced if it exists (default: ${DEFAULT-VALUE})")
    private Path gzipIndex = Path.of("gzip.meta");

    @Option(names = "--export", arity = "0..1", fallbackValue = "true", hidden = true)
    private boolean export;

    @Option(names = "--import", arity = "0..1", fallbackValue = "true", hidden = true)
    private boolean headersOnly;

    @Mixin
    private ServiceConfigOption service = new ServiceConfigOption();

    @Override
    void run() throws IOException {
        if (!fileSystem.equals(EXT4)) {
            throw new ToolException("--fstype: only ext4 can be made, not " + fileSystem);
        }
        if (export || headersOnly) {
            throw new ToolException("--export and --import: archives of headers alone are not supported");
        }
        existing("input_path", input);
        Path config = existing("image_config_path", configuration);
        service.check(this);
        try (ImageDevice device = ImageDevice.openWritable(config, service);
                InputStream file = Files.newInputStream(input)) {
            switch (compression()) {
                case NONE -> apply(device.disk(), config, file);
                case GZIP -> applyGzip(device.disk(), config, file);
                case ZSTD -> throw new ToolException(input + ": data in a zstd layer cannot be referred to");
            }
        }
        print("turboOCI-apply done");
    }

    private StreamCompression compression() throws IOException {
        try (InputStream in = Files.newInputStream(input)) {
            return StreamCompression.of(in.readNBytes(StreamCompression.MAGIC));
        }
    }

    private void applyGzip(LayeredImage disk, Path config, InputStream file) throws IOException {
        try (PartialFile index = new PartialFile(gzipIndex, true);
                GzipIndexer tar = GzipIndexer.open(file, input.toString(), index.path())) {
            apply(disk, config, tar);
            index.publish();
        }
    }

    private void apply(LayeredImage disk, Path config, InputStream tar) throws IOException {
        try (Ext4 fs = new DeviceFileSystem(config).on(disk, mkfs)) {
            LayerApplier.referring(fs, disk).apply(tar);
        }
    }
}
