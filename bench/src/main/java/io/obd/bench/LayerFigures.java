package io.obd.bench;

import io.obd.block.BlobReader;
import io.obd.block.FileBlob;
import io.obd.lsmt.Layer;
import io.obd.lsmt.LayeredImage;
import io.obd.lsmt.blob.ZFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What layers cost in one process, without daemons and mounts: committing them, reading their ZFiles, reading the disks
 * made of them. Started by {@code bench/layers}.
 */
public final class LayerFigures {
    private static final List<String> ZFILES = List.of("lz4-4k", "lz4-16k", "zstd-4k", "zstd-16k");

    private final FigureTable table = new FigureTable(System.out);
    private final ReadFigures reads = new ReadFigures(table);
    private final Path directory;

    private LayerFigures(Path directory) {
        this.directory = directory;
    }

    /** Takes the OCI layout of an image and a directory for files. */
    public static void main(String[] arguments) throws IOException {
        Path directory = Path.of(arguments[1]);
        SampleLayer layer = SampleLayer.in(directory);
        if (!Files.exists(layer.index())) {
            layer.fill(Path.of(arguments[0]));
        }
        LayerFigures figures = new LayerFigures(directory);
        figures.machine();
        new CommitFigures(layer, directory).print(figures.table);
        figures.zfiles();
        figures.images();
        figures.machine();
    }

    private void machine() throws IOException {
        table.section("machine", "nproc; cat /proc/loadavg; java -version");
        table.row("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
        table.row("load", Files.readString(Path.of("/proc/loadavg")).strip());
        table.row("JVM", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
    }

    private void zfiles() throws IOException {
        table.section("ZFile from the page cache, one thread, best of 5", "bench/layers");
        for (String name : ZFILES) {
            try (BlobReader zfile = ZFile.open(FileBlob.open(directory.resolve(name)))) {
                reads.sequential(name, zfile.size(), 1 << 20, zfile::read);
                reads.sequential(name, zfile.size(), 64 << 10, zfile::read);
                reads.sequential(name, zfile.size(), 4 << 10, zfile::read);
                reads.random(name, zfile.size(), 4 << 10, zfile::read);
                reads.random(name, zfile.size(), 64 << 10, zfile::read);
            }
        }
    }

    private void images() throws IOException {
        table.section("disk of 8 GiB made of one layer, one thread, best of 5", "bench/layers");
        for (String name : List.of("raw", "lz4-4k", "zstd-16k")) {
            try (LayeredImage image = LayeredImage.open(List.of(Layer.open(directory.resolve(name))), null)) {
                reads.random(name, image.size(), 4 << 10, image::read);
            }
        }
    }
}
