package io.obd.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
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

    private final Path fabrics;
    private final Path loopback;
    private final Backstores backstores;
    private final Duration limit;

    /** @param limit how long the disk may take to appear, and its last command to end */
    public TcmLoop(Path configfs, Backstores backstores, Duration limit) {
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
            if (!Files.isDirectory(directory)) {
                Files.createDirectory(directory);
            }
        }
        if (nexus(group).isEmpty()) {
            KernelFile.write(group.resolve("nexus"), target.getFileName().toString(), limit);
        }
        Path link = lun.resolve(backstore.name());
        if (!Files.isSymbolicLink(link)) {
            LimitedCall.run(
                    "attach of " + backstore,
                    limit,
                    REASON,
                    () -> Files.createSymbolicLink(link, backstores.directory(backstore)));
        }
        Path disk = awaitDisk(group, backstore);
        KernelFile.write(scsiDevice(group).resolve("timeout"), NO_TIMEOUT, limit);
        return disk;
    }

    /** Reading it without an initiator is an error. */
    private static String nexus(Path group) throws IOException {
        try {
            return KernelFile.read(group.resolve("nexus"));
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
                    && Files.exists(disk.get())
                    && Files.exists(BLOCK_DEVICES.resolve(disk.get().getFileName()))) {
                return disk.get();
            }
            if (System.nanoTime() > deadline) {
                throw new IOException(backstore + ": no disk appeared at SCSI address "
                        + KernelFile.read(group.resolve("address")) + " within " + limit.toSeconds()
                        + " s; the kernel log may say why");
            }
            Pause.of(POLL);
        }
    }

    private static Optional<Path> disk(Path group) throws IOException {
        try (DirectoryStream<Path> disks =
                Files.newDirectoryStream(scsiDevice(group).resolve("block"))) {
            for (Path disk : disks) {
                return Optional.of(Path.of("/dev").resolve(disk.getFileName()));
            }
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        return Optional.empty();
    }

    private static Path scsiDevice(Path group) throws IOException {
        return SCSI_DEVICES
                .resolve(KernelFile.read(group.resolve("address")) + ":0")
                .resolve("device");
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
        for (Path target : ConfigDirectory.list(fabric, "*.*")) {
            for (Path link : links(target)) {
                if (leadsTo(link, backstore)) {
                    links.add(link);
                }
            }
        }
        return links;
    }

    /** The links to backstores in all LUNs of a target. */
    private static List<Path> links(Path target) throws IOException {
        List<Path> links = new ArrayList<>();
        for (Path lun : luns(target)) {
            for (Path entry : ConfigDirectory.list(lun, "*")) {
                if (Files.isSymbolicLink(entry)) {
                    links.add(entry);
                }
            }
        }
        return links;
    }

    private static List<Path> luns(Path target) throws IOException {
        List<Path> luns = new ArrayList<>();
        for (Path group : ConfigDirectory.list(target, "tpgt_*")) {
            luns.addAll(ConfigDirectory.list(group.resolve("lun"), "lun_*"));
        }
        return luns;
    }

    /** Whether a LUN shows a backstore, whoever made it and of whatever fabric it is. */
    public boolean isShown(Backstore backstore) throws IOException {
        for (Path fabric : ConfigDirectory.list(fabrics, "*")) {
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
        for (Path target : ConfigDirectory.list(loopback, SNAPSHOT_TARGETS)) {
            Optional<String> identity = ConfigDirectory.identity(target);
            if (identity.isPresent() && links(target).isEmpty()) {
                empty.put(target, identity.get());
            }
        }
        return empty;
    }

    /** Removes a target. The kernel refuses that if it shows something. */
    public static void removeTarget(Path target) throws IOException {
        for (Path lun : luns(target)) {
            Files.deleteIfExists(lun);
        }
        for (Path group : ConfigDirectory.list(target, "tpgt_*")) {
            Files.deleteIfExists(group);
        }
        Files.deleteIfExists(target);
    }

    private boolean leadsTo(Path link, Backstore backstore) throws IOException {
        if (!Files.isSymbolicLink(link)) {
            return false;
        }
        Path end = link.resolveSibling(Files.readSymbolicLink(link)).normalize();
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
            if (disk.isPresent() && Files.exists(disk.get())) {
                removeUnused(disk.get(), link, backstore);
            } else {
                unlink(link, backstore);
            }
            Files.deleteIfExists(parent(link));
            removeEmpty(parent(group(link)));
        }
        removeEmpty(target(backstore)); // what an attach left that was cut short
    }

    private static void removeEmpty(Path target) throws IOException {
        if (links(target).isEmpty()) {
            removeTarget(target);
        }
    }

    /** Nobody can mount the disk while it is held open here. */
    private void removeUnused(Path disk, Path link, Backstore backstore) throws IOException {
        long deadline = System.nanoTime() + LAST_LOOKS.toNanos();
        while (true) {
            try (RawFile _ = RawFile.open(disk, RawFile.EXCLUSIVE)) {
                if (others(disk).isEmpty()) {
                    unlink(link, backstore);
                    return;
                }
            } catch (ErrnoException e) {
                if (!e.is(Errno.EBUSY)) {
                    throw e;
                }
            }
            if (System.nanoTime() > deadline) {
                throw new ErrnoException("detach " + disk, Errno.EBUSY, DeviceUsers.describe(disk));
            }
            Pause.of(POLL);
        }
    }

    private static List<String> others(Path disk) throws IOException {
        String self = "process " + ProcessHandle.current().pid() + " ";
        return DeviceUsers.of(disk).stream()
                .filter(user -> !user.contains(self))
                .toList();
    }

    private void unlink(Path link, Backstore backstore) throws IOException {
        LimitedCall.run("detach of " + backstore, limit, REASON, () -> Files.deleteIfExists(link));
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
