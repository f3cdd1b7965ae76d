package io.obd.fuse;

import io.obd.linux.RawFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A mounted read-only FUSE file system with directories. All users can enter it; the kernel checks their permissions.
 *
 * <p>All requests come through one descriptor. Whoever has it, a {@link FuseSession} and the same tree can serve the file
 * system in the place of this process.
 */
public final class TreeServer implements Closeable {
    private static final Logger log = LoggerFactory.getLogger(TreeServer.class);
    private static final int NOTIFY_INVAL_INODE = 2;
    private static final int NOTIFY_INVAL_ENTRY = 3;
    private static final int INVAL_INODE_LENGTH = 24;
    private static final int INVAL_ENTRY_LENGTH = 16;

    private final MountService service;

    private TreeServer(FuseSession session, Channels channels, FuseTree tree, FuseOptions options) throws IOException {
        this.service = new MountService(session, channels, new TreeRequests(tree), tree.observer(), options, log);
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
        List<String> shared = List.of(writable ? "rw" : "ro", "noatime", "default_permissions", "allow_other");
        return new NewMount(source, mountPoint, "fuse", shared, InitLayout.TREE).mount((session, device) -> {
            Channels channels = Channels.shared(device, options.readers());
            return new TreeServer(session, channels, tree, options).start();
        });
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
        service.start();
        return this;
    }

    /** What a successor has to know. */
    public FuseSession session() {
        return service.session();
    }

    /** The descriptor that a successor needs. It is this server's to close. */
    public RawFile device() {
        return service.channels().kept().getFirst();
    }

    /** False if somebody unmounted the file system or took its connection down: nothing is served any more. */
    public boolean isServing() {
        return service.isServing();
    }

    /** Waits until nothing is served any more. */
    public void awaitEnd() throws InterruptedException {
        service.awaitEnd();
    }

    /** The requests for data that have no answer yet. */
    public List<FuseRead> readsUnderWay() {
        long now = System.nanoTime();
        Instant time = Instant.now();
        return service.underWay().stream()
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
        ByteBuffer entry = MountService.notice(NOTIFY_INVAL_ENTRY, INVAL_ENTRY_LENGTH + name.length + 1);
        entry.putLong(OutHeader.LENGTH, directory);
        entry.putInt(OutHeader.LENGTH + Long.BYTES, name.length);
        entry.put(OutHeader.LENGTH + INVAL_ENTRY_LENGTH, name);
        service.notify(entry);
        ByteBuffer inode = MountService.notice(NOTIFY_INVAL_INODE, INVAL_INODE_LENGTH);
        inode.putLong(OutHeader.LENGTH, directory);
        service.notify(inode);
    }

    /**
     * Takes no more requests and answers those that it has, so that a successor can go on.
     *
     * @return false if requests were left unanswered when the time was up
     */
    public boolean standDown(Duration limit) throws IOException, InterruptedException {
        return service.standDown(limit);
    }

    /** Ends the threads when nothing is served any more, which is so when the file system was unmounted. */
    @Override
    public void close() throws IOException {
        service.close();
    }
}
