package io.obd.convertor;

import io.obd.convert.ConversionTarget;
import io.obd.convert.ConvertedLayer;
import io.obd.convert.TreeTarget;
import io.obd.registry.Descriptor;
import io.obd.registry.Index;
import io.obd.registry.Manifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongConsumer;

/**
 * Writes the documents of a result to files besides.
 *
 * @param target where everything goes
 * @param directory for the topmost index; images have directories of their own
 */
record DumpedTree(TreeTarget target, Path directory) implements TreeTarget {
    @Override
    public ConversionTarget image(boolean top) throws IOException {
        return target.image(top);
    }

    @Override
    public Descriptor putIndex(Index index, boolean top) throws IOException {
        if (top) {
            write(directory, "index.json", index.toJson());
        }
        return target.putIndex(index, top);
    }

    @Override
    public Descriptor putAsIs(Descriptor document, byte[] json, boolean top) throws IOException {
        return target.putAsIs(document, json, top);
    }

    /** The target of an image whose config and manifest are written to a directory. */
    static ConversionTarget image(ConversionTarget target, Path directory) {
        return new ConversionTarget() {
            @Override
            public boolean put(ConvertedLayer layer, LongConsumer sent) throws IOException {
                return target.put(layer, sent);
            }

            @Override
            public Descriptor putConfig(String mediaType, byte[] json) throws IOException {
                write(directory, "config.json", json);
                return target.putConfig(mediaType, json);
            }

            @Override
            public Descriptor putManifest(Manifest manifest) throws IOException {
                write(directory, "manifest.json", manifest.toJson());
                return target.putManifest(manifest);
            }
        };
    }

    private static void write(Path directory, String name, byte[] json) throws IOException {
        Files.write(Files.createDirectories(directory).resolve(name), json);
    }
}
