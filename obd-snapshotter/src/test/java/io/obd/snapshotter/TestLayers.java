package io.obd.snapshotter;

import io.obd.image.ControlClient;
import io.obd.snapshots.BlockingCalls;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** Everything below a snapshotter as the program puts it together, in a directory of a test. */
record TestLayers(Path directory, BlockingCalls blocking, RwMode mode, boolean sparse) {
    static TestLayers in(Path directory, BlockingCalls blocking) {
        return new TestLayers(directory, blocking, RwMode.OVERLAYFS, false);
    }

    Path root() {
        return directory.resolve("root");
    }

    /** Where the backend is expected. */
    Path backend() {
        return directory.resolve("b.sock");
    }

    /** Where the overlaybd tools are expected. */
    Path tools() {
        return directory.resolve("bin");
    }

    ObdLayers provider() {
        return provider(Checkpoint.NONE);
    }

    /** One that tells of its steps. */
    ObdLayers provider(Checkpoint checkpoint) {
        Programs programs = new Programs(Duration.ofSeconds(30));
        FileSystems fileSystems = new FileSystems(programs);
        DeviceIds ids = new DeviceIds("7");
        LayerLabels labels = new LayerLabels(new BlobUrls(Set.of()));
        ControlClient client = new ControlClient(backend(), Duration.ofSeconds(10));
        return new ObdLayers(
                new Claims(mode, true, labels),
                new DeviceSpecs(labels, checkpoint),
                new WritableLayers(tools(), programs, sparse, checkpoint),
                new TurboOci(List.of("erofs", "ext4"), root().resolve(".TurboOCI_ext4"), labels),
                new Devices(client, blocking, fileSystems, ids, checkpoint),
                new Recovery(client, fileSystems, ids, root()),
                FileSystemType.of("ext4"));
    }
}
