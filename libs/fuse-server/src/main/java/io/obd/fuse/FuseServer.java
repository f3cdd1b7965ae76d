package io.obd.fuse;

import io.obd.linux.Errno;
import io.obd.linux.ErrnoException;
import io.obd.linux.Mounts;
import io.obd.linux.RawFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.slf4j.LoggerFactory;

/**
 * A mounted FUSE file system with one directory, whose files come and go at run time. Only the user who mounted it,
 * root, can enter it.
 *
 * <p>This process must not hold a file of its own mount open when it exits: killed between a request and its answer
 * it would wait for itself. Open such a file for one call only, or from another process.
 */
public final class FuseServer implements Closeable {
    /** Type of the mount in the mount table. */
    public static final String TYPE = "fuse.overlaybd";

    private static final Path DEVICE = Path.of("/dev/fuse");
    private static final long FUSE_DEV_IOC_CLONE = 0x8004E500L;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,254}");
    private static final Duration END_OF_THREADS = Duration.ofSeconds(5);
    private static final Duration POLL = Duration.ofMillis(5);

    private final Path mountPoint;
    private final Mounts mounts;
    private final List<RawFile> channels;
    private final List<Thread> readers = new ArrayList<>();
    private final Thread watchdog;

    private volatile Directory directory = Directory.EMPTY;
    private long lastId = Directory.ROOT;

    private FuseServer(Path mountPoint, Mounts mounts, List<RawFile> channels, FuseOptions options) {
        this.mountPoint = mountPoint;
        this.mounts = mounts;
        this.channels = channels;
        FailureLog failures = new FailureLog(LoggerFactory.getLogger(FuseServer.class));
        DataPath data = new DataPath(failures);
        AtomicInteger free = new AtomicInteger();
        for (RawFile channel : channels) {
            Reader reader = new Reader(channel, free, () -> directory, data);
            readers.add(Thread.ofPlatform()
                    .name("fuse-reader-" + readers.size())
                    .daemon()
                    .unstarted(reader));
        }
        watchdog = Thread.ofPlatform()
                .name("fuse-watchdog")
                .daemon()
                .unstarted(new Watchdog(data.underWay(), options.ioTimeout(), failures));
    }

    /**
     * Mounts an empty file system and serves it.
     *
     * @param mountPoint existing directory
     */
    public static FuseServer mount(Path mountPoint, FuseOptions options) throws IOException {
        Mounts mounts = new Mounts();
        List<RawFile> channels = new ArrayList<>();
        boolean mounted = false;
        try {
            RawFile first = RawFile.open(DEVICE, RawFile.READ_WRITE);
            channels.add(first);
            mounts.mount("overlaybd", mountPoint, TYPE, mountOptions(first));
            mounted = true;
            while (channels.size() < options.readers()) {
                channels.add(cloneOf(first));
            }
        } catch (IOException e) {
            if (mounted) {
                mounts.unmountLazily(mountPoint);
            }
            closeAll(channels);
            throw e;
        }
        FuseServer server = new FuseServer(mountPoint, mounts, channels, options);
        server.readers.forEach(Thread::start);
        server.watchdog.start();
        return server;
    }

    private static List<String> mountOptions(RawFile device) {
        return List.of(
                "nosuid",
                "nodev",
                "noexec",
                "fd=" + device.fd(),
                "rootmode=40000",
                "user_id=0",
                "group_id=0",
                "max_read=" + Reader.MAX_TRANSFER);
    }

    /** A descriptor with a queue of its own for the requests that were read from it: readers do not meet at one lock. */
    private static RawFile cloneOf(RawFile first) throws IOException {
        RawFile clone = RawFile.open(DEVICE, RawFile.READ_WRITE);
        try {
            ByteBuffer fd = ByteBuffer.allocateDirect(Integer.BYTES).order(ByteOrder.nativeOrder());
            clone.ioctl("FUSE_DEV_IOC_CLONE", FUSE_DEV_IOC_CLONE, fd.putInt(0, first.fd()));
            return clone;
        } catch (IOException e) {
            clone.close();
            throw e;
        }
    }

    private static void closeAll(List<RawFile> channels) throws IOException {
        for (RawFile channel : channels) {
            channel.close();
        }
    }

    /**
     * Serves one more file.
     *
     * @param name letters, digits, dots, dashes and underscores
     * @return where the file is
     * @throws IllegalArgumentException if the name is not of that form
     * @throws IllegalStateException if there is a file of that name
     */
    public synchronized Path add(String name, FuseFile file) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("not a name for a served file: " + name);
        }
        if (directory.byName(name) != null) {
            throw new IllegalStateException("a file " + name + " is served already");
        }
        lastId++;
        directory = directory.with(new Node(lastId, name, file));
        return mountPoint.resolve(name);
    }

    /**
     * Serves a file no longer: whoever still has it open gets ESTALE. Returns when no request is with the file any more.
     *
     * @return false if that did not come about within the limit
     */
    public boolean remove(String name, Duration limit) throws InterruptedException {
        Node node;
        synchronized (this) {
            node = directory.byName(name);
            if (node == null) {
                return true;
            }
            directory = directory.without(node);
        }
        long deadline = System.nanoTime() + limit.toNanos();
        while (node.inUse().get() > 0) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            Thread.sleep(POLL);
        }
        return true;
    }

    /** Where it is mounted. */
    public Path mountPoint() {
        return mountPoint;
    }

    /** False if somebody else unmounted the file system or took its connection down: nothing is served any more. */
    public boolean isServing() {
        return readers.stream().allMatch(Thread::isAlive);
    }

    /**
     * Unmounts and ends the threads. If a file is still open it stays mounted and served.
     *
     * @throws ErrnoException EBUSY if a file is still open
     */
    @Override
    public void close() throws IOException {
        try {
            mounts.unmount(mountPoint);
        } catch (ErrnoException e) {
            if (isServing() || !e.is(Errno.EINVAL)) {
                throw e;
            }
            // Somebody else has unmounted it: only the threads are left to end.
        }
        watchdog.interrupt();
        try {
            for (Thread reader : readers) {
                reader.join(END_OF_THREADS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        closeAll(channels);
    }
}
