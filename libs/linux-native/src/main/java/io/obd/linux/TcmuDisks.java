package io.obd.linux;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Disks of the kernel's target framework, made through configfs. The calls wait for the backend: make them on platform
 * threads.
 */
public final class TcmuDisks implements ScsiDisks {
    static final Path MODULE = Path.of("/sys/module/target_core_user");

    private final KernelTree tree;
    private final Path configfs;
    private final Backstores backstores;
    private final TcmLoop loop;

    /** @param limit how long the backend may take to open an image, and the kernel for each of its steps */
    public TcmuDisks(Duration limit) {
        this(new HostTree(), Backstores.CONFIGFS, limit);
    }

    TcmuDisks(KernelTree tree, Path configfs, Duration limit) {
        this.tree = tree;
        this.configfs = configfs;
        this.backstores = new Backstores(tree, configfs, limit);
        this.loop = new TcmLoop(tree, configfs, backstores, limit);
    }

    /** No module is loaded here: without it no backend is there that could answer. */
    @Override
    public Optional<String> obstacle() {
        if (!tree.isDirectory(MODULE)) {
            return Optional.of("target_core_user is not loaded");
        }
        return tree.isDirectory(configfs.resolve("target"))
                ? Optional.empty()
                : Optional.of(configfs + " is not mounted, or has no target");
    }

    @Override
    public Path attach(Backstore backstore, String config) throws IOException {
        if (backstores.exists(backstore)) {
            if (backstores.isEnabled(backstore)) {
                return present(backstore, config);
            }
            detach(backstore); // what an attach left that was cut short
        }
        backstores.create(backstore, config, backstore.newSerial());
        try {
            return loop.attach(backstore);
        } catch (IOException e) {
            try {
                detach(backstore);
            } catch (IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    private Path present(Backstore backstore, String config) throws IOException {
        String present = backstores.config(backstore);
        if (!present.equals(config)) {
            throw new ErrnoException(
                    "attach of " + backstore,
                    Errno.EEXIST,
                    "it is there and serves \"" + present + "\", not \"" + config + "\"; another tenant's?");
        }
        return loop.attach(backstore);
    }

    @Override
    public boolean detach(Backstore backstore) throws IOException {
        if (!backstores.exists(backstore)) {
            return false;
        }
        loop.detach(backstore);
        backstores.remove(backstore);
        return true;
    }

    @Override
    public List<Disk> list(long hba) throws IOException {
        List<Disk> disks = new ArrayList<>();
        for (Backstore backstore : backstores.list()) {
            if (backstore.hba() == hba) {
                disks.add(new Disk(backstore, backstores.config(backstore)));
            }
        }
        return disks;
    }
}
