package io.obd.nydussnapshotter;

import io.obd.snapshots.Layer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Makes nydus images readable here, or leaves that to others. */
interface Images {
    /**
     * Where an image is seen; mounts it, unless that was done before.
     *
     * @param chain its bootstrap layer and the layers below that
     */
    Path mount(List<Layer> chain) throws IOException;

    /**
     * Undoes {@link #mount}.
     *
     * @throws io.obd.snapshots.SnapshotException failed precondition, while something uses it
     */
    void unmount(Layer layer) throws IOException;

    /** Called once at the start, with all bootstrap layers: goes on with what is mounted, and tidies up the rest. */
    void recover(List<Layer> layers) throws IOException;
}
