package io.obd.snapshotter;

import io.obd.image.ControlClient;
import io.obd.registry.CredentialSource;
import io.obd.snapshots.BlockingCalls;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;

/**
 * Everything below a snapshotter as the program puts it together, in a directory of a test.
 *
 * @param absence how long the backend is waited for
 */
record TestLayers(Path directory, BlockingCalls blocking, RwMode mode, boolean sparse, Duration absence) {
    static TestLayers in(Path directory, BlockingCalls blocking) {
        return new TestLayers(directory, blocking, RwMode.OVERLAYFS, false, Duration.ZERO);
    }

    TestLayers with(RwMode otherMode, boolean otherSparse) {
        return new TestLayers(directory, blocking, otherMode, otherSparse, absence);
    }

    TestLayers waitingFor(Duration otherAbsence) {
        return new TestLayers(directory, blocking, mode, sparse, otherAbsence);
    }

    /** What a compressed layer begins with. */
    static byte[] zfileMagic() {
        ByteBuffer zfile = ByteBuffer.allocate(512).order(ByteOrder.LITTLE_ENDIAN);
        zfile.putLong(281910587246170L).putLong(7384066304294679924L).putLong(7017278244700045632L);
        return zfile.array();
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
        DeviceIds ids = new DeviceIds(7);
        LayerLabels labels = new LayerLabels(new BlobUrls(Set.of()));
        ControlClient client = new ControlClient(backend(), Duration.ofSeconds(10));
        Handover handover = new Handover(client, CredentialSource.ANONYMOUS, List.of(), InstantSource.system());
        Backend backend = new Backend(client, new FakeDisks(), blocking, ids, absence);
        return new ObdLayers(
                new Claims(mode, true, 0, labels),
                new DeviceSpecs(labels, checkpoint),
                new WritableLayers(tools(), programs, sparse, checkpoint),
                new TurboOci(
                        List.of("erofs", "ext4"),
                        new KernelFileSystems(programs),
                        root().resolve(".TurboOCI_ext4"),
                        labels),
                new TarLayers(tools(), programs),
                new Devices(backend, blocking, fileSystems, handover, checkpoint),
                new Recovery(backend, fileSystems, handover, root()),
                FileSystemType.of("ext4"));
    }
}
