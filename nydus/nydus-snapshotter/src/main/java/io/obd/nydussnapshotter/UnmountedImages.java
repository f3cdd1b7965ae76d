package io.obd.nydussnapshotter;

import io.obd.snapshots.Layer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Images that whoever gets the mounts mounts himself: a guest of Kata Containers. There are no daemons. */
final class UnmountedImages implements Images {
    @Override
    public Path mount(List<Layer> chain) throws IOException {
        Layer layer = chain.getFirst();
        BootstrapFile.of(layer).version();
        return Files.createDirectories(RafsInstance.mountpoint(layer.directory()));
    }

    @Override
    public void unmount(Layer layer) {}

    @Override
    public void recover(List<Layer> layers) {}
}
