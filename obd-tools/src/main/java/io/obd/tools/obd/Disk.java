package io.obd.tools.obd;

import io.obd.fs.FileSystemReader;
import io.obd.image.ImageConfig;
import io.obd.image.ImageConfig.Lower;
import io.obd.lsmt.DiskMap;
import io.obd.lsmt.Layer;
import io.obd.lsmt.LayeredImage;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The virtual disk of an image, and which part of it each layer has.
 *
 * @param layerIds what makes a layer the same as one of another image: its digest, or its place on this host
 */
record Disk(String name, LayeredImage store, DiskMap map, List<String> layerIds) implements Closeable {

    /** @param layers closed with the disk, also when this fails */
    static Disk of(String name, ImageConfig config, List<Layer> layers) throws IOException {
        try {
            LayeredImage store = LayeredImage.open(layers, null);
            return new Disk(name, store, store.map(), ids(config, layers.size()));
        } catch (IOException e) {
            for (Layer layer : layers) {
                layer.close();
            }
            throw e;
        }
    }

    private static List<String> ids(ImageConfig config, int layers) throws IOException {
        List<String> ids = new ArrayList<>();
        boolean writable = config.upper().isPresent();
        for (Lower lower : config.lowers().subList(0, writable ? layers - 1 : layers)) {
            ids.add(
                    !lower.digest().isEmpty()
                            ? lower.digest()
                            : Path.of(lower.file().isEmpty() ? lower.dir() : lower.file())
                                    .toRealPath()
                                    .toString());
        }
        if (writable) {
            ids.add(Path.of(config.upper().data()).toRealPath().toString());
        }
        return ids;
    }

    /** Opens the file system on the disk. */
    FileSystemReader files() throws IOException {
        try {
            return FileSystemReader.open(store);
        } catch (IOException e) {
            throw new IOException(name + ": " + e.getMessage() + hint(), e);
        }
    }

    private String hint() {
        return layerIds.size() == 1
                ? " (if this layer stands on others, name the image or a config.v1.json that has all of them)"
                : "";
    }

    @Override
    public void close() throws IOException {
        store.close();
    }
}
