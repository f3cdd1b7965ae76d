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
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.LoggerFactory;

/**
 * A mounted read-only FUSE file system with directories. All users can enter it; the kernel checks their permissions.
 *
 * <p>All requests come through one descriptor. Whoever has it, a {@link FuseSession} and the same tree can serve the file
 * system in the place of this process.
 */
public final class TreeServer implements Closeable {
    private static final Duration END_OF_THREADS = Duration.ofSeconds(5);
    private static final Duration POLL = Duration.ofMillis(5);
    private static final int NOTIFY_INVAL_ENTRY = 3;
    private static final int NOTIFY_INVAL_INODE = 2;
    private static final int NOTIFY_RETRIEVE = 5;
    private static final int INVAL_ENTRY_LENGTH = 16;
    private static final int INVAL_INODE_LENGTH = 24;
    private static final int RETRIEVE_LENGTH = 32;
    private static final long ROOT = 1;

    private final FuseSession session;
    private final Channels channels;
    private final DataPath data;
    private final List<Thread> readers = new ArrayList<>();
    private final Thread watchdog;
    private final CountDownLatch served;
    private volatile boolean standingDown;

    private TreeServer(FuseSession session, Channels channels, FuseTree tree, FuseOptions options) {
        this.session = session;
        this.channels = channels;
        Requests requests = new TreeRequests(tree);
        FailureLog failures = new FailureLog(LoggerFactory.getLogger(TreeServer.class));
        this.data = new DataPath(failures, tree.observer());
        this.served = new CountDownLatch(channels.read().size());
        AtomicInteger free = new AtomicInteger();
        for (RawFile channel : channels.read()) {
            Reader reader = new Reader(channel, free, requests, data, () -> standingDown);
            readers.add(Thread.ofPlatform()
                    .name("fuse-reader-" + readers.size())
                    .daemon()
                    .unstarted(() -> {
                        reader.run();
                        served.countDown();
                    }));
        }
        watchdog = Thread.ofPlatform()
                .name("fuse-watchdog")
                .daemon()
                .unstarted(new Watchdog(data.underWay(), options.ioTimeout(), failures));
    }

    /**
     * Mounts a tree and serves it.
     *
     * @param mountPoint existing directory
     * @param source what the mount table says that is mounted
     * @param writable whether the mount is without the option {@code ro}; writes fail all the same
     */
    public static TreeServer mount(Path mountPoint, String source, boolean writable, FuseTree tree, FuseOptions options)
            throws IOException {
        Mounts mounts = new Mounts();
        RawFile device = RawFile.open(Channels.DEVICE, RawFile.READ_WRITE);
        boolean mounted = false;
        try {
            mounts.mount(source, mountPoint, "fuse", mountOptions(device, writable));
            mounted = true;
            FuseSession session = new Handshake(InitLayout.TREE).answer(device);
            Channels channels = Channels.shared(device, options.readers());
            return new TreeServer(session, channels, tree, options).start();
        } catch (IOException e) {
            if (mounted) {
                mounts.unmountLazily(mountPoint);
            }
            device.close();
            throw e;
        }
    }

    /**
     * Serves a tree in the place of a server that is no more, or will not be soon.
     *
     * @param session of the server before
     * @param device descriptor of the mount; this one's to close
     * @param resend whether the kernel is to send again what was read and not answered, if it can
     */
    public static TreeServer takeOver(
            FuseSession session, RawFile device, boolean resend, FuseTree tree, FuseOptions options)
            throws IOException {
        Channels channels = Channels.shared(device, options.readers());
        if (resend && session.canResend()) {
            channels.resend();
        }
        return new TreeServer(session.next(), channels, tree, options).start();
    }

    private TreeServer start() {
        readers.forEach(Thread::start);
        watchdog.start();
        return this;
    }

    private static List<String> mountOptions(RawFile device, boolean writable) {
        return List.of(
                writable ? "rw" : "ro",
                "nosuid",
                "nodev",
                "noatime",
                "fd=" + device.fd(),
                "rootmode=40000",
                "user_id=0",
                "group_id=0",
                "default_permissions",
                "allow_other",
                "max_read=" + Reader.MAX_TRANSFER);
    }

    /** What a successor has to know. */
    public FuseSession session() {
        return session;
    }

    /** The descriptor that a successor needs. It is this server's to close. */
    public RawFile device() {
        return channels.kept().getFirst();
    }

    /** False if somebody unmounted the file system or took its connection down: nothing is served any more. */
    public boolean isServing() {
        return served.getCount() > 0;
    }

    /** Waits until nothing is served any more. */
    public void awaitEnd() throws InterruptedException {
        served.await();
    }

    /** The requests for data that have no answer yet. */
    public List<FuseRead> readsUnderWay() {
        long now = System.nanoTime();
        Instant time = Instant.now();
        return data.underWay().stream()
                .filter(request -> !request.isAnswered())
                .map(request -> new FuseRead(
                        request.node().id(),
                        request.opcode(),
                        request.unique(),
                        time.minusNanos(now - request.began())))
                .toList();
    }

    /** Tells the kernel that a name in a directory, and what it has of the directory, are no longer what they were. */
    public void invalidate(long directory, byte[] name) throws IOException {
        ByteBuffer entry = notice(NOTIFY_INVAL_ENTRY, INVAL_ENTRY_LENGTH + name.length + 1);
        entry.putLong(OutHeader.LENGTH, directory);
        entry.putInt(OutHeader.LENGTH + Long.BYTES, name.length);
        entry.put(OutHeader.LENGTH + INVAL_ENTRY_LENGTH, name);
        notify(entry);
        ByteBuffer inode = notice(NOTIFY_INVAL_INODE, INVAL_INODE_LENGTH);
        inode.putLong(OutHeader.LENGTH, directory);
        notify(inode);
    }

    private static ByteBuffer notice(int code, int payload) {
        ByteBuffer notice =
                ByteBuffer.allocateDirect(OutHeader.LENGTH + payload).order(ByteOrder.nativeOrder());
        OutHeader.put(notice, OutHeader.LENGTH + payload, -code, 0);
        return notice;
    }

    private void notify(ByteBuffer notice) throws IOException {
        try {
            device().write(notice);
        } catch (ErrnoException e) {
            if (!e.is(Errno.ENOENT)) { // the kernel does not know it, so it has nothing to forget
                throw e;
            }
        }
    }

    /**
     * Takes no more requests and answers those that it has, so that a successor can go on.
     *
     * @return false if requests were left unanswered when the time was up
     */
    public boolean standDown(Duration limit) throws IOException, InterruptedException {
        standingDown = true;
        long deadline = System.nanoTime() + limit.toNanos();
        boolean complete = true;
        while (complete && !isQuiet()) {
            wakeAReader();
            Thread.sleep(POLL);
            complete = System.nanoTime() < deadline;
        }
        watchdog.interrupt();
        if (complete) {
            channels.close();
        }
        return complete;
    }

    private boolean isQuiet() {
        return readers.stream().noneMatch(Thread::isAlive)
                && data.underWay().stream().allMatch(DataRequest::isAnswered);
    }

    /** A reader sits in read(2) until a request comes, so the kernel is asked for one that needs no answer. */
    private void wakeAReader() throws IOException {
        ByteBuffer retrieve = notice(NOTIFY_RETRIEVE, RETRIEVE_LENGTH);
        retrieve.putLong(OutHeader.LENGTH + Long.BYTES, ROOT);
        notify(retrieve);
    }

    /** Ends the threads when nothing is served any more, which is so when the file system was unmounted. */
    @Override
    public void close() throws IOException {
        watchdog.interrupt();
        try {
            for (Thread reader : readers) {
                if (!reader.join(END_OF_THREADS)) {
                    return; // a file is open: its user is served until this process ends
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        channels.close();
    }
}
