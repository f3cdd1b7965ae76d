package io.obd.linux;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The target framework in memory: directories bring their attributes along, an enabled backstore that is linked to a LUN
 * becomes a disk.
 */
public final class FakeKernel implements KernelTree {
    static final Path CONFIGFS = Path.of("/configfs");
    static final Path CORE = CONFIGFS.resolve("target/core");
    static final Path LOOPBACK = CONFIGFS.resolve("target/loopback");
    private static final Path SCSI = Path.of("/sys/class/scsi_device/2:0:1:0/device");
    private static final String DIRECTORY = "<directory>";
    private static final String LINK = "<link>";

    /** What happens when the backend is asked to serve a device. */
    public interface Backend {
        void enable() throws IOException;
    }

    /** What was done. */
    public final List<String> log = new CopyOnWriteArrayList<>();

    /** Answers the kernel. */
    public volatile Backend backend = () -> {};

    /** How whoever waits for the backend is let go on. */
    public volatile Backend refusal = () -> {};

    volatile boolean disksAppear = true;
    volatile List<String> users = List.of();
    private final Map<Path, String> nodes = new ConcurrentSkipListMap<>();

    public FakeKernel() {
        for (Path path : List.of(CORE, CONFIGFS.resolve("target"), TcmuDisks.MODULE)) {
            nodes.put(path, DIRECTORY);
        }
    }

    /** The disks of this kernel. */
    public ScsiDisks disks(Duration limit) {
        return new TcmuDisks(this, CONFIGFS, limit);
    }

    /** Lets the kernel be one without the module that asks a backend. */
    public void unloadModule() {
        nodes.remove(TcmuDisks.MODULE);
    }

    void remember(Path path, String value) {
        nodes.put(path, value);
    }

    @Override
    public boolean exists(Path path) {
        return nodes.containsKey(path);
    }

    @Override
    public boolean isDirectory(Path path) {
        return DIRECTORY.equals(nodes.get(path));
    }

    @Override
    public boolean isLink(Path path) {
        return nodes.getOrDefault(path, "").startsWith(LINK);
    }

    @Override
    public void makeDirectory(Path directory) throws IOException {
        if (exists(directory)) {
            throw new FileAlreadyExistsException(directory.toString());
        }
        log.add("mkdir " + directory);
        nodes.put(directory, DIRECTORY);
        if (directory.startsWith(CORE) && directory.getNameCount() == CORE.getNameCount() + 2) {
            nodes.put(directory.resolve("enable"), "0");
            nodes.put(directory.resolve("statistics/scsi_dev/indx"), "3");
        } else if (directory.endsWith("tpgt_1")) {
            nodes.put(directory.resolve("address"), "2:0:1");
        }
    }

    @Override
    public void write(Path attribute, String value) throws IOException {
        log.add("write " + attribute + " " + value);
        if (attribute.endsWith("enable")) {
            backend.enable();
        }
        if (value.startsWith("dev_config=")) {
            nodes.put(
                    attribute.resolveSibling("attrib").resolve("dev_config"), value.substring("dev_config=".length()));
        }
        nodes.put(attribute, value);
    }

    @Override
    public String read(Path attribute) throws IOException {
        String value = nodes.get(attribute);
        if (value == null) {
            if (attribute.endsWith("nexus")) {
                throw new IOException("no nexus");
            }
            throw new NoSuchFileException(attribute.toString());
        }
        return value;
    }

    @Override
    public void refuse(int device) throws IOException {
        log.add("refuse " + device);
        refusal.enable();
    }

    @Override
    public void link(Path link, Path target) {
        log.add("link " + link + " " + target);
        nodes.put(link, LINK + target);
        if (disksAppear) {
            nodes.put(SCSI.resolve("block/sda"), DIRECTORY);
            nodes.put(Path.of("/dev/sda"), "");
            nodes.put(Path.of("/sys/block/sda"), DIRECTORY);
        }
    }

    @Override
    public Path readLink(Path link) throws IOException {
        return Path.of(read(link).substring(LINK.length()));
    }

    @Override
    public void remove(Path path) throws IOException {
        if (!exists(path)) {
            return;
        }
        log.add((isLink(path) ? "unlink " : "rmdir ") + path);
        for (Map.Entry<Path, String> node : nodes.entrySet()) {
            boolean counts =
                    node.getValue().equals(DIRECTORY) || node.getValue().startsWith(LINK);
            boolean below = node.getKey().startsWith(path) && !node.getKey().equals(path);
            if (below && counts && !node.getKey().endsWith("lun")) {
                throw new ErrnoException("rmdir " + path, Errno.ENOTEMPTY.number());
            }
        }
        if (isLink(path)) {
            nodes.remove(SCSI.resolve("block/sda"));
            nodes.remove(Path.of("/dev/sda"));
        }
        nodes.keySet().removeIf(node -> node.startsWith(path));
    }

    @Override
    public List<Path> list(Path directory, String pattern) {
        var matcher = directory.getFileSystem().getPathMatcher("glob:" + pattern);
        return nodes.keySet().stream()
                .filter(node -> directory.equals(node.getParent()) && matcher.matches(node.getFileName()))
                .filter(node -> isDirectory(node) || isLink(node))
                .toList();
    }

    @Override
    public Closeable holdAlone(Path disk) throws IOException {
        if (!users.isEmpty()) {
            throw new ErrnoException("open " + disk, Errno.EBUSY.number());
        }
        return () -> {};
    }

    @Override
    public boolean hasOtherUsers(Path disk) {
        return !users.isEmpty();
    }

    @Override
    public String describeUsers(Path disk) {
        return String.join(", ", users);
    }
}
