package io.obd.fuse;

import io.obd.linux.Errno;
import io.obd.linux.ErrnoException;
import io.obd.linux.Mounts;
import io.obd.linux.RawFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import org.slf4j.Logger;
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

    private static final Logger log = LoggerFactory.getLogger(FuseServer.class);
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,254}");
    private static final Duration POLL = Duration.ofMillis(5);

    private final Path mountPoint;
    private final MountService service;
    private volatile Directory directory;
    private long lastNumber;

    private FuseServer(
            Path mountPoint, FuseSession session, Channels channels, Directory directory, FuseOptions options)
            throws IOException {
        this.mountPoint = mountPoint;
        this.directory = directory;
        this.lastNumber = session.numbersAbove();
        this.service = new MountService(session, channels, new FlatRequests(() -> this.directory), null, options, log);
    }

    /**
     * Mounts an empty file system and serves it.
     *
     * @param mountPoint existing directory
     */
    public static FuseServer mount(Path mountPoint, FuseOptions options) throws IOException {
        return new NewMount("overlaybd", mountPoint, TYPE, List.of("noexec"), InitLayout.FLAT)
                .mount((session, device) -> {
                    Channels channels = Channels.open(List.of(device), session.canResend(), options.readers());
                    return new FuseServer(mountPoint, session, channels, Directory.EMPTY, options).start();
                });
    }

    /**
     * Serves a file system in the place of a server that is no more. Requests that it has read and not answered come
     * here, if the kernel can send them again. {@link #session} and {@link #kept} have changed and are to be kept anew.
     *
     * @param session of the server before
     * @param kept descriptors of the server before; this one's to close
     * @param files that the server before has served
     */
    public static FuseServer takeOver(
            Path mountPoint, FuseSession session, List<RawFile> kept, List<ServedFile> files, FuseOptions options)
            throws IOException {
        Directory directory = Directory.EMPTY;
        List<ServedFile> ordered = files.stream()
                .sorted(Comparator.comparingLong(ServedFile::number))
                .toList();
        for (ServedFile file : ordered) {
            directory = directory.with(new Node(file.number(), file.name(), file.file()));
        }
        Channels channels = Channels.open(kept, session.canResend(), options.readers());
        if (session.canResend()) {
            channels.resend();
        }
        return new FuseServer(mountPoint, session.next(), channels, directory, options).start();
    }

    private FuseServer start() {
        service.start();
        return this;
    }

    /** What a successor has to know. */
    public FuseSession session() {
        return service.session();
    }

    /** Descriptors that have to stay open for a successor, in this order. They are this server's to close. */
    public List<RawFile> kept() {
        return service.channels().kept();
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
        lastNumber++;
        directory = directory.with(new Node(lastNumber, name, file));
        return mountPoint.resolve(name);
    }

    /** The number by which the kernel knows a served file, for a successor. */
    public long number(String name) {
        Node node = directory.byName(name);
        if (node == null) {
            throw new IllegalArgumentException("no file " + name + " is served");
        }
        return node.id();
    }

    /** Descriptors that requests are read from, to see them die in a test. */
    List<RawFile> read() {
        return service.channels().read();
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
        return service.isServing();
    }

    /** How many reads and writes have no answer yet and have waited for it for longer than this. */
    public int waiting(Duration longerThan) {
        long since = System.nanoTime() - longerThan.toNanos();
        return Math.toIntExact(service.underWay().stream()
                .filter(request -> request.isWaitingSince(since))
                .count());
    }

    /**
     * Takes no more requests and answers those that it has, so that a successor can go on. Requests that come from now on
     * wait for it. The file system stays mounted as long as somebody keeps the descriptors.
     *
     * @return false if requests were left unanswered when the time was up
     */
    public boolean standDown(Duration limit) throws IOException, InterruptedException {
        return service.standDown(limit);
    }

    /**
     * Unmounts and ends the threads. If a file is still open it stays mounted and served.
     *
     * @throws ErrnoException EBUSY if a file is still open
     */
    @Override
    public void close() throws IOException {
        try {
            new Mounts().unmount(mountPoint);
        } catch (ErrnoException e) {
            if (!e.is(Errno.EINVAL) || !service.hasEnded()) {
                throw e;
            }
            // Somebody else has unmounted it: only the threads are left to end.
        }
        service.close();
    }
}
