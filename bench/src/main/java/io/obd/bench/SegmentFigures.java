package io.obd.bench;

import io.obd.block.BlockStore;
import io.obd.block.Codec;
import io.obd.lsmt.Layer;
import io.obd.lsmt.LayerOptions;
import io.obd.lsmt.LayerWriter;
import io.obd.lsmt.LayeredImage;
import io.obd.lsmt.blob.ZFileOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Opening and reading eight layers of many small segments. Runs in a process of its own, since its memory is part of the
 * figures. Started by {@code bench/layers}.
 */
public final class SegmentFigures {
    private static final long DISK = 8L << 30;
    private static final long READ = 3_200_000_000L;
    private static final int LAYERS = 8;
    private static final int SEGMENTS = 100_000;
    private static final int STRIDE = 16 << 10;
    private static final int ROUNDS = 5;

    private final FigureTable table = new FigureTable(System.out);
    private final Path directory;

    private SegmentFigures(Path directory) {
        this.directory = directory;
    }

    /** Takes a directory for the layers, and "make" or "measure". */
    public static void main(String[] arguments) throws IOException {
        SegmentFigures figures = new SegmentFigures(Path.of(arguments[0]));
        for (ZFileOptions zfile : new @Nullable ZFileOptions[] {null, ZFileOptions.DEFAULT}) {
            if (arguments[1].equals("make")) {
                figures.make(zfile);
            } else {
                figures.measure(zfile);
            }
        }
    }

    private Path file(@Nullable ZFileOptions zfile, int layer) {
        Codec codec = zfile == null ? null : zfile.codec();
        return directory.resolve(
                "segments-" + (codec == null ? "raw" : codec.name().toLowerCase(Locale.ROOT)) + layer);
    }

    private void make(@Nullable ZFileOptions zfile) throws IOException {
        Random random = new Random(1);
        byte[] data = new byte[BlockStore.SECTOR];
        for (int l = 0; l < LAYERS; l++) {
            Path file = file(zfile, l);
            if (Files.exists(file)) {
                continue;
            }
            try (LayerWriter layer = LayerWriter.create(file, DISK, null, LayerOptions.PLAIN.withZFile(zfile))) {
                for (int i = 0; i < SEGMENTS; i++) {
                    random.nextBytes(data);
                    layer.write((long) i * STRIDE + (long) l * STRIDE / LAYERS, ByteBuffer.wrap(data));
                }
                layer.finish();
            }
        }
    }

    private void measure(@Nullable ZFileOptions zfile) throws IOException {
        String name = zfile == null ? "raw" : "lz4-4k";
        table.section(
                LAYERS + " layers with " + SEGMENTS + " segments each, " + name,
                "bench/layers, in a process with at most "
                        + (Runtime.getRuntime().maxMemory() >> 20) + " MiB of heap");
        try (LayeredImage image = open(zfile)) {
            new ReadFigures(table).random("read below 3.2 GB", READ, 4 << 10, image::read);
        }
    }

    /** Opens the layers again and again; the first time is that of a program that has just started. */
    private LayeredImage open(@Nullable ZFileOptions zfile) throws IOException {
        List<LayeredImage> opened = new ArrayList<>();
        double first = 0;
        double best = Double.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            for (LayeredImage earlier : opened) {
                earlier.close();
            }
            opened.clear();
            double seconds = Measured.of(() -> opened.add(stack(zfile))).seconds();
            first = round == 0 ? seconds : first;
            best = Math.min(best, seconds);
        }
        table.row("open, first / best of " + ROUNDS, String.format("%.0f / %.0f ms", 1e3 * first, 1e3 * best));
        table.row(
                "peak resident memory",
                Files.readAllLines(Path.of("/proc/self/status")).stream()
                        .filter(line -> line.startsWith("VmHWM"))
                        .map(line -> line.replaceAll("\\D", ""))
                        .map(kib -> Integer.parseInt(kib) / 1024 + " MiB")
                        .findFirst()
                        .orElseThrow());
        return opened.getFirst();
    }

    private LayeredImage stack(@Nullable ZFileOptions zfile) throws IOException {
        List<Layer> layers = new ArrayList<>();
        for (int l = 0; l < LAYERS; l++) {
            layers.add(Layer.open(file(zfile, l)));
        }
        return LayeredImage.open(layers, null);
    }
}
