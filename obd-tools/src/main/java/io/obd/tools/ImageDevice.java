package io.obd.tools;

import io.obd.image.ImageConfig;
import io.obd.image.ImageOpener;
import io.obd.lsmt.LayeredImage;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The device that an image configuration describes, open for the time of one run. */
record ImageDevice(ImageConfig config, LayeredImage disk, RemoteLayers remote) implements Closeable {

    /** Opens the image. */
    static ImageDevice open(Path configuration, ServiceConfigOption service) throws IOException {
        ImageConfig config = ImageConfig.read(configuration);
        RemoteLayers remote = new RemoteLayers(service);
        try {
            return new ImageDevice(config, new ImageOpener(remote).open(config), remote);
        } catch (IOException e) {
            try (remote) {
                throw e;
            }
        }
    }

    /** Opens an image that must have a writable layer. */
    static ImageDevice openWritable(Path configuration, ServiceConfigOption service) throws IOException {
        if (!ImageConfig.read(configuration).upper().isPresent()) {
            throw new ToolException(configuration + ": upper.data and upper.index are not set, nothing can be written");
        }
        return open(configuration, service);
    }

    /** The files of this host that it is read from. */
    List<Path> files() {
        List<Path> files = new ArrayList<>();
        config.lowers().forEach(lower -> lower.localFile().ifPresent(files::add));
        if (config.upper().isPresent()) {
            files.add(Path.of(config.upper().data()));
            files.add(Path.of(config.upper().index()));
        }
        return files;
    }

    @Override
    public void close() throws IOException {
        try (remote) {
            disk.close();
        }
    }
}
