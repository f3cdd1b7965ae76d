package io.obd.bench;

import io.obd.block.Codec;
import io.obd.lsmt.LayerOptions;
import io.obd.lsmt.WritableLayer;
import io.obd.lsmt.blob.ZFileOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The files of an image as layers that lie beside each other in a directory: plain, and as ZFiles of some kinds. */
public final class BenchLayers {
    private record Kind(String name, @Nullable ZFileOptions zfile) {}

    private static final List<Kind> KINDS = List.of(
            new Kind("raw", null),
            new Kind("lz4-4k", new ZFileOptions(Codec.LZ4, 4 << 10)),
            new Kind("zstd-4k", new ZFileOptions(Codec.ZSTD, 4 << 10)),
            new Kind("zstd-16k", new ZFileOptions(Codec.ZSTD, 16 << 10)));

    private final Path directory;

    private BenchLayers(Path directory) {
        this.directory = directory;
    }

    /**
     * Makes what is not there yet, which takes a minute.
     *
     * @param layout OCI layout of the image
     */
    public static BenchLayers make(Path layout, Path directory) throws IOException {
        SampleLayer sample = SampleLayer.in(Files.createDirectories(directory));
        if (!Files.exists(sample.index())) {
            sample.fill(layout);
        }
        for (Kind kind : KINDS) {
            Path file = directory.resolve(kind.name());
            if (!Files.exists(file)) {
                try (WritableLayer source = sample.open()) {
                    source.commit(file, LayerOptions.PLAIN.withZFile(kind.zfile()));
                }
            }
        }
        return new BenchLayers(directory);
    }

    /** The kinds there are. */
    public List<String> kinds() {
        return KINDS.stream().map(Kind::name).toList();
    }

    /** The layer of a kind. */
    public Path file(String kind) {
        return directory.resolve(kind);
    }
}
