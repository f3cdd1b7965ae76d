package io.obd.bench;

import io.obd.block.Codec;
import io.obd.lsmt.LayerOptions;
import io.obd.lsmt.WritableLayer;
import io.obd.lsmt.blob.ZFileOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Committing a layer: as it is, and compressed by one and by two threads, in turn. */
final class CommitFigures {
    private static final int ROUNDS = 5;

    private final SampleLayer layer;
    private final Path directory;

    /** @param directory for the committed layers, which stay there */
    CommitFigures(SampleLayer layer, Path directory) {
        this.layer = layer;
        this.directory = directory;
    }

    void print(FigureTable table) throws IOException {
        table.section(
                "commit of " + (Files.size(layer.data()) >> 20) + " MiB, best of " + ROUNDS + " runs in turn",
                "overlaybd-commit [-z --algorithm A --bs N --compress_threads T] data index layer");
        alternate(table, "raw", null);
        for (Codec codec : List.of(Codec.LZ4, Codec.ZSTD)) {
            for (int blockSize : new int[] {4, 16}) {
                String name = codec.name().toLowerCase(java.util.Locale.ROOT) + "-" + blockSize + "k";
                alternate(table, name, new ZFileOptions(codec, blockSize << 10));
            }
        }
    }

    private void alternate(FigureTable table, String name, @Nullable ZFileOptions zfile) throws IOException {
        List<Measured> one = new ArrayList<>();
        List<Measured> two = new ArrayList<>();
        Path file = directory.resolve(name);
        Path twin = directory.resolve(name + "-2");
        for (int round = 0; round < ROUNDS; round++) {
            one.add(commit(file, zfile));
            if (zfile != null) {
                two.add(commit(twin, zfile.withThreads(2)));
                if (Files.mismatch(file, twin) >= 0) {
                    throw new IOException(twin + " differs from " + file);
                }
                Files.delete(twin);
            }
        }
        row(table, name + ", 1 thread", Files.size(file), one);
        if (zfile != null) {
            row(table, name + ", 2 threads, same bytes", Files.size(file), two);
            table.row("  1 thread / 2 threads", String.format("%.2f", best(one) / best(two)));
        }
    }

    private Measured commit(Path file, @Nullable ZFileOptions zfile) throws IOException {
        Files.deleteIfExists(file);
        try (WritableLayer source = layer.open()) {
            return Measured.of(() -> source.commit(file, LayerOptions.PLAIN.withZFile(zfile)));
        }
    }

    private static double best(List<Measured> runs) {
        return runs.stream().mapToDouble(Measured::seconds).min().orElseThrow();
    }

    private static void row(FigureTable table, String name, long size, List<Measured> runs) {
        double cpu = runs.stream().mapToDouble(Measured::cpuSeconds).min().orElseThrow();
        table.row(name, String.format("%.2f s, %.2f s of processor, %,d bytes", best(runs), cpu, size));
    }
}
