package io.obd.linux;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Shows backstores as SCSI disks of this machine, through the kernel's loopback fabric.
 *
 * <pre>
 * loopback/naa.…/tpgt_1/nexus             the initiator: this machine
 *                      /address           where the disk is found: host:channel:target
 *                      /lun/lun_0/NAME    a link to the backstore
 * </pre>
 *
 * The calls wait for the backend, which answers the commands by which the kernel looks at the disk: make them on
 * platform threads.
 */
public final class TcmLoop {
    private static final Path SCSI_DEVICES = Path.of("/sys/class/scsi_device");
    private static final Path BLOCK_DEVICES = Path.of("/sys/block");

    /** The tenant of a snapshotter that is the only one. */
    private static final long ONLY_TENANT = 999_999_999;

    private static final Pattern SNAPSHOT = Pattern.compile("dev_(\\d{1,13})");
    private static final String NO_TIMEOUT = Integer.toString(Integer.MAX_VALUE / 1000);
    private static final Duration POLL = Duration.ofMillis(10);

    /** How long somebody who only looks at the disk (udev, blkid) may delay its end. */
    private static final Duration LAST_LOOKS = Duration.ofSeconds(2);

    private static final String REASON = "a command of the disk has not been answered; is overlaybd-tcmu running?";

    /** A target of a snapshot, whoever made it; of other backstores the name of their target says nothing. */
    private static final String SNAPSHOT_TARGETS = "naa.1" + "[0-9]".repeat(15);

    private final KernelTree tree;
    private final Path fabrics;
    private final Path loopback;
    private final Backstores backstores;
    private final Duration limit;

    /** @param limit how long the disk may take to appear, and its last command to end */
    public TcmLoop(Path configfs, Backstores backstores, Duration limit) {
        this(new HostTree(), configfs, backstores, limit);
    }

    TcmLoop(KernelTree tree, Path configfs, Backstores backstores, Duration limit) {
        this.tree = tree;
        this.fabrics = configfs.resolve("target");
        this.loopback = fabrics.resolve("loopback");
        this.backstores = backstores;
        this.limit = limit;
    }

    /**
     * Shows a backstore as a disk, unless it is one already.
     *
     * @return the device node
     */
    public Path attach(Backstore backstore) throws IOException {
        Path target = target(backstore);
        Path group = target.resolve("tpgt_1");
        Path lun = group.resolve("lun/lun_0");
        for (Path directory : List.of(loopback, target, group, lun)) {
            if (!tree.isDirectory(directory)) {
                tree.makeDirectory(directory);
            }
        }
        if (nexus(group).isEmpty()) {
            KernelFile.write(tree, group.resolve("nexus"), target.getFileName().toString(), limit);
        }
        Path link = lun.resolve(backstore.name());
        if (!tree.isLink(link)) {
            LimitedCall.run(
                    "attach of " + backstore, limit, REASON, () -> tree.link(link, backstores.directory(backstore)));
        }
        Path disk = awaitDisk(group, backstore);
        KernelFile.write(tree, scsiDevice(group).resolve("timeout"), NO_TIMEOUT, limit);
        return disk;
    }

    /** Reading it without an initiator is an error. */
    private String nexus(Path group) throws IOException {
        try {
            return tree.read(group.resolve("nexus"));
        } catch (NoSuchFileException e) {
            throw e;
        } catch (IOException e) {
            return "";
        }
    }

    private Path awaitDisk(Path group, Backstore backstore) throws IOException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (true) {
            Optional<Path> disk = disk(group);
            // The kernel makes the node first, and then what tells of the disk.
            if (disk.isPresent()
                    && tree.exists(disk.get())
                    && tree.exists(BLOCK_DEVICES.resolve(disk.get().getFileName()))) {
                return disk.get();
            }
            if (System.nanoTime() > deadline) {
                throw new IOException(backstore + ": no disk appeared at SCSI address "
                        + tree.read(group.resolve("address")) + " within " + limit.toSeconds()
                        + " s; the kernel log may say why");
            }
            Pause.of(POLL);
        }
    }

    private Optional<Path> disk(Path group) throws IOException {
        return tree.list(scsiDevice(group).resolve("block"), "*").stream()
                .findFirst()
                .map(disk -> Path.of("/dev").resolve(disk.getFileName()));
    }

    private Path scsiDevice(Path group) throws IOException {
        return SCSI_DEVICES.resolve(tree.read(group.resolve("address")) + ":0").resolve("device");
    }

    /** The disk that shows a backstore, whoever made it. */
    public Optional<Path> find(Backstore backstore) throws IOException {
        for (Path link : links(backstore)) {
            Optional<Path> disk = disk(group(link));
            if (disk.isPresent()) {
                return disk;
            }
        }
        return Optional.empty();
    }

    /** …/naa.X/tpgt_1/lun/lun_0/name is five names deep. */
    private static Path group(Path link) {
        return parent(parent(parent(link)));
    }

    private static Path parent(Path path) {
        return path.resolve("..").normalize();
    }

    private List<Path> links(Backstore backstore) throws IOException {
        Path usual = target(backstore).resolve("tpgt_1/lun/lun_0").resolve(backstore.name());
        if (leadsTo(usual, backstore)) {
            return List.of(usual);
        }
        return links(loopback, backstore);
    }

    private List<Path> links(Path fabric, Backstore backstore) throws IOException {
        List<Path> links = new ArrayList<>();
        for (Path target : tree.list(fabric, "*.*")) {
            for (Path link : links(target)) {
                if (leadsTo(link, backstore)) {
                    links.add(link);
                }
            }
        }
        return links;
    }

    /** The links to backstores in all LUNs of a target. */
    private List<Path> links(Path target) throws IOException {
        List<Path> links = new ArrayList<>();
        for (Path lun : luns(tree, target)) {
            for (Path entry : tree.list(lun, "*")) {
                if (tree.isLink(entry)) {
                    links.add(entry);
                }
            }
        }
        return links;
    }

    private static List<Path> luns(KernelTree tree, Path target) throws IOException {
        List<Path> luns = new ArrayList<>();
        for (Path group : tree.list(target, "tpgt_*")) {
            luns.addAll(tree.list(group.resolve("lun"), "lun_*"));
        }
        return luns;
    }

    /** Whether a LUN shows a backstore, whoever made it and of whatever fabric it is. */
    public boolean isShown(Backstore backstore) throws IOException {
        for (Path fabric : tree.list(fabrics, "*")) {
            if (!links(fabric, backstore).isEmpty()) {
                return true;
            }
        }
        return false;
    }

    /**
     * The targets of snapshots that show nothing: somebody is at work on them, or has been.
     *
     * @return each with what tells it from another one that has its name later
     */
    public Map<Path, String> emptyTargets() throws IOException {
        Map<Path, String> empty = new HashMap<>();
        for (Path target : tree.list(loopback, SNAPSHOT_TARGETS)) {
            Optional<String> identity = ConfigDirectory.identity(target);
            if (identity.isPresent() && links(target).isEmpty()) {
                empty.put(target, identity.get());
            }
        }
        return empty;
    }

    /** Removes a target. The kernel refuses that if it shows something. */
    public static void removeTarget(Path target) throws IOException {
        removeTarget(new HostTree(), target);
    }

    private static void removeTarget(KernelTree tree, Path target) throws IOException {
        for (Path lun : luns(tree, target)) {
            tree.remove(lun);
        }
        for (Path group : tree.list(target, "tpgt_*")) {
            tree.remove(group);
        }
        tree.remove(target);
    }

    private boolean leadsTo(Path link, Backstore backstore) throws IOException {
        if (!tree.isLink(link)) {
            return false;
        }
        Path end = link.resolveSibling(tree.readLink(link)).normalize();
        return end.endsWith(Path.of("core", "user_" + backstore.hba(), backstore.name()));
    }

    /**
     * Takes the disks of a backstore away, unless somebody uses one. It need not have any.
     *
     * @throws ErrnoException EBUSY with the users
     */
    public void detach(Backstore backstore) throws IOException {
        for (Path link : links(backstore)) {
            Optional<Path> disk = disk(group(link));
            if (disk.isPresent() && tree.exists(disk.get())) {
                removeUnused(disk.get(), link, backstore);
            } else {
                unlink(link, backstore);
            }
            tree.remove(parent(link));
            removeEmpty(parent(group(link)));
        }
        removeEmpty(target(backstore)); // what an attach left that was cut short
    }

    private void removeEmpty(Path target) throws IOException {
        if (links(target).isEmpty()) {
            removeTarget(tree, target);
        }
    }

    /** Nobody can mount the disk while it is held open here. */
    private void removeUnused(Path disk, Path link, Backstore backstore) throws IOException {
        long deadline = System.nanoTime() + LAST_LOOKS.toNanos();
        while (true) {
            try (Closeable _ = tree.holdAlone(disk)) {
                if (!tree.hasOtherUsers(disk)) {
                    unlink(link, backstore);
                    return;
                }
            } catch (ErrnoException e) {
                if (!e.is(Errno.EBUSY)) {
                    throw e;
                }
            }
            if (System.nanoTime() > deadline) {
                throw new ErrnoException("detach " + disk, Errno.EBUSY, tree.describeUsers(disk));
            }
            Pause.of(POLL);
        }
    }

    private void unlink(Path link, Backstore backstore) throws IOException {
        LimitedCall.run("detach of " + backstore, limit, REASON, () -> tree.remove(link));
    }

    /** The name that the original gives the target of a snapshot, or one of the same form for other names. */
    private Path target(Backstore backstore) {
        Matcher snapshot = SNAPSHOT.matcher(backstore.name());
        if (snapshot.matches()) {
            long tenant = backstore.hba() == ONLY_TENANT ? 199 : backstore.hba() % 100 + 100;
            return loopback.resolve("naa.%03d%013d".formatted(tenant, Long.parseLong(snapshot.group(1))));
        }
        UUID hash = UUID.nameUUIDFromBytes(backstore.toString().getBytes(StandardCharsets.UTF_8));
        return loopback.resolve("naa.6%015x".formatted(hash.getMostSignificantBits() >>> 4));
    }
}
