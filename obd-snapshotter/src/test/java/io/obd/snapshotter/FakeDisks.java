package io.obd.snapshotter;

import io.obd.linux.Backstore;
import io.obd.linux.ScsiDisks;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The kernel's disks, which are impossible unless a test says otherwise. */
final class FakeDisks implements ScsiDisks {
    interface Attach {
        Path disk(String config) throws IOException;
    }

    final Map<Backstore, String> attached = new ConcurrentHashMap<>();
    volatile Optional<String> obstacle = Optional.of("no such module");
    volatile Attach attach = config -> Path.of("/dev/sdz");

    @Override
    public Optional<String> obstacle() {
        return obstacle;
    }

    @Override
    public Path attach(Backstore backstore, String config) throws IOException {
        Path disk = attach.disk(config);
        attached.put(backstore, config);
        return disk;
    }

    @Override
    public boolean detach(Backstore backstore) {
        return attached.remove(backstore) != null;
    }

    @Override
    public List<Disk> list(long hba) {
        List<Disk> disks = new ArrayList<>();
        attached.forEach((backstore, config) -> disks.add(new Disk(backstore, config)));
        return disks;
    }
}
