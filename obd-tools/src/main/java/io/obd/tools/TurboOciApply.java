package io.obd.tools;

import io.obd.block.StreamCompression;
import io.obd.block.gzip.GzipIndexer;
import io.obd.fs.ImageFileSystem;
import io.obd.fs.LayerApplier;
import io.obd.fs.tar.TarHeaders;
import io.obd.lsmt.LayeredImage;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
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
    private static final String EROFS = "erofs";
    private static final int BUFFER = 128 << 10;

    @Parameters(index = "0", paramLabel = "input_path", description = "tar, plain or gzip")
    private Path input = Path.of("");

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "image_config_path",
            description = "the device; upper must be set and be a turboOCI layer (with --export: the file to write)")
    private @Nullable Path configuration;

    @Option(names = "--mkfs", arity = "0..1", fallbackValue = "true", description = "make a file system first")
    private boolean mkfs;

    @Option(
            names = "--fstype",
            paramLabel = "ext4|erofs",
            description = "kind of the file system (default: ${DEFAULT-VALUE}); erofs is made where there is none")
    private String fileSystem = EXT4;

    @Option(
            names = "--gz_index_path",
            paramLabel = "FILE",
            description = "index of a gzip tar, replaced if it exists (default: ${DEFAULT-VALUE})")
    private Path gzipIndex = Path.of("gzip.meta");

    @Option(
            names = "--export",
            arity = "0..1",
            fallbackValue = "true",
            description = "write the headers of the tar, without the content of files, to the second path and end")
    private boolean export;

    @Option(
            names = "--import",
            arity = "0..1",
            fallbackValue = "true",
            description = "input_path is what --export wrote")
    private boolean headersOnly;

    @Mixin
    private ServiceConfigOption service = new ServiceConfigOption();

    @Override
    void run() throws IOException {
        if (!fileSystem.equals(EXT4) && !fileSystem.equals(EROFS)) {
            throw invalid("--fstype: neither ext4 nor erofs: " + fileSystem);
        }
        if (export && headersOnly) {
            throw invalid("--export and --import: one of them");
        }
        existing("input_path", input);
        if (export) {
            export();
        } else {
            apply(existing("image_config_path", configuration));
        }
        print("turboOCI-apply done");
    }

    private void export() throws IOException {
        if (configuration == null) {
            throw invalid("--export needs a second path, where the headers go");
        }
        try (PartialFile result = new PartialFile(configuration, true);
                InputStream tar = StreamCompression.decompress(Files.newInputStream(input))) {
            try (OutputStream headers = new BufferedOutputStream(Files.newOutputStream(result.path()))) {
                TarHeaders.export(tar, headers);
            }
            result.publish();
        }
    }

    private void apply(Path config) throws IOException {
        service.check(this);
        try (ImageDevice device = ImageDevice.openWritable(config, service);
                InputStream file = new BufferedInputStream(Files.newInputStream(input), BUFFER)) {
            if (headersOnly) {
                apply(device.disk(), config, applier -> applier.applyHeaders(file));
                return;
            }
            switch (compression()) {
                case NONE -> apply(device.disk(), config, applier -> applier.apply(file));
                case GZIP -> applyGzip(device.disk(), config, file);
                case ZSTD -> throw new ToolException(input + ": data in a zstd layer cannot be referred to");
            }
        }
    }

    private StreamCompression compression() throws IOException {
        try (InputStream in = Files.newInputStream(input)) {
            return StreamCompression.of(in.readNBytes(StreamCompression.MAGIC));
        }
    }

    private void applyGzip(LayeredImage disk, Path config, InputStream file) throws IOException {
        try (PartialFile index = new PartialFile(gzipIndex, true);
                GzipIndexer tar = GzipIndexer.open(file, input.toString(), index.path(), null)) {
            apply(disk, config, applier -> applier.apply(tar));
            index.publish();
        }
    }

    /** What is done with an applier. */
    private interface Step {
        void run(LayerApplier applier) throws IOException;
    }

    private void apply(LayeredImage disk, Path config, Step step) throws IOException {
        DeviceFileSystem device = new DeviceFileSystem(config);
        try (ImageFileSystem fs = fileSystem.equals(EROFS) ? device.erofsOn(disk, mkfs) : device.on(disk, mkfs)) {
            step.run(LayerApplier.referring(fs, disk));
        }
    }
}
