package io.obd.tools;

import io.obd.fs.Ext4;
import io.obd.fs.Ext4Options;
import io.obd.lsmt.LayeredImage;
import io.obd.lsmt.WritableLayer;
import io.obd.lsmt.WritableLayer.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes a writable layer, or a plain disk. */
@Command(name = "overlaybd-create", sortOptions = false, description = "Creates a writable layer.")
final class Create extends Tool {
    private static final long GB = 1L << 30;
    private static final long MAX_GB = 1 << 20;
    private static final UUID NIL = new UUID(0, 0);

    @Parameters(index = "0", paramLabel = "data_file", description = "data file, must not exist")
    private Path data = Path.of("");

    @Parameters(index = "1", paramLabel = "index_file", description = "index file, must not exist")
    private Path index = Path.of("");

    @Parameters(
            index = "2",
            paramLabel = "vsize",
            description = "size of the device in GB; 0: that of the layers below")
    private long vsize;

    @Option(
            names = "-u",
            paramLabel = "UUID",
            converter = UuidConverter.class,
            description = "identity of the layer below")
    private UUID parentUuid = NIL;

    @Option(
            names = "-s",
            arity = "0..1",
            fallbackValue = "true",
            description = "sparse layer: data_file keeps each byte at its place")
    private boolean sparse;

    @Option(
            names = {"--turboOCI", "--fastoci"},
            arity = "0..1",
            fallbackValue = "true",
            description = "turboOCI layer: data_file holds metadata only, and is sparse anyway")
    private boolean turboOci;

    @Option(names = "--raw", arity = "0..1", fallbackValue = "true", description = "data_file is a plain disk")
    private boolean raw;

    @Option(
            names = "--mkfs",
            arity = "0..1",
            fallbackValue = "true",
            description = "with an empty ext4 file system in it")
    private boolean mkfs;

    @Override
    void run() throws IOException {
        if (vsize < 0 || vsize > MAX_GB) {
            throw invalid("vsize: from 0 to " + MAX_GB + ", not " + vsize);
        }
        if (raw && (sparse || turboOci || !parentUuid.equals(NIL))) {
            throw invalid("--raw makes a plain disk: -s, --turboOCI and -u have no meaning with it");
        }
        if (mkfs && vsize == 0) {
            throw invalid("vsize: a file system needs a size, 0 is none");
        }
        if (data.toAbsolutePath().normalize().equals(index.toAbsolutePath().normalize())) {
            throw invalid("data_file and index_file are the same file: " + data);
        }
        try (PartialFile newData = new PartialFile(data);
                PartialFile newIndex = new PartialFile(index)) {
            if (raw) {
                createRaw(newData.path(), newIndex.path());
            } else {
                createLayer(newData.path(), newIndex.path());
            }
            newData.publish();
            try {
                newIndex.publish();
            } catch (IOException e) {
                newData.retract();
                throw e;
            }
        }
        print("overlaybd-create has created files SUCCESSFULLY");
    }

    private void createRaw(Path newData, Path newIndex) throws IOException {
        try (RawDisk disk = RawDisk.create(newData, vsize * GB)) {
            if (mkfs) {
                Ext4.format(disk, Ext4Options.defaults()).close();
            }
        }
        Files.createFile(newIndex);
    }

    private Kind kind() {
        if (turboOci) {
            return Kind.TURBO_OCI;
        }
        return sparse ? Kind.SPARSE : Kind.LOG;
    }

    private void createLayer(Path newData, Path newIndex) throws IOException {
        WritableLayer layer = WritableLayer.create(kind(), newData, newIndex, vsize * GB, parentUuid);
        if (!mkfs) {
            layer.close();
            return;
        }
        try (LayeredImage disk = LayeredImage.open(List.of(), layer)) {
            Ext4.format(disk, Ext4Options.defaults()).close();
        }
    }
}
