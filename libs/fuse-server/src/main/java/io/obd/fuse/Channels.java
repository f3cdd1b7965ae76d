package io.obd.fuse;

import io.obd.linux.RawFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

/**
 * The descriptors of one connection. The first is that of the mount, the others are clones of it: each has a queue of
 * its own for the requests that were read from it, so that readers do not meet at one lock.
 *
 * <p>The kernel keeps a request in its queue until it is answered, or until the last copy of the descriptor is closed:
 * then it fails the request. Where it can send requests again, all descriptors are kept for the successor, and nothing
 * is lost when this process dies. Where it cannot, only the first one is kept, which nobody reads from, and the clones
 * die with the process: then who waits for a request that was under way gets an error, and does not wait for ever.
 */
final class Channels implements Closeable {
    static final Path DEVICE = Path.of("/dev/fuse");

    private static final long FUSE_DEV_IOC_CLONE = 0x8004E500L;
    private static final int NOTIFY_RESEND = 7;

    private final List<RawFile> kept;
    private final List<RawFile> read;

    private Channels(List<RawFile> kept, List<RawFile> read) {
        this.kept = kept;
        this.read = read;
    }

    /**
     * Makes the clones.
     *
     * @param kept what there is already; closed if this fails
     */
    static Channels open(List<RawFile> kept, boolean canResend, int readers) throws IOException {
        List<RawFile> read = canResend ? new ArrayList<>(kept) : new ArrayList<>();
        Channels channels = new Channels(canResend ? read : kept, read);
        try {
            while (read.size() < readers) {
                read.add(cloneOf(kept.getFirst()));
            }
            return channels;
        } catch (IOException e) {
            try (channels) {
                throw e;
            }
        }
    }

    /**
     * All readers read from the descriptor of the mount: who goes on in the place of this server needs it alone.
     *
     * @param first closed with the channels
     */
    static Channels shared(RawFile first, int readers) {
        return new Channels(List.of(first), Collections.nCopies(readers, first));
    }

    private static RawFile cloneOf(RawFile first) throws IOException {
        RawFile clone = RawFile.open(DEVICE, RawFile.READ_WRITE);
        try {
            ByteBuffer fd = struct(Integer.BYTES);
            clone.ioctl("FUSE_DEV_IOC_CLONE", FUSE_DEV_IOC_CLONE, fd.putInt(0, first.fd()));
            return clone;
        } catch (IOException e) {
            clone.close();
            throw e;
        }
    }

    /**
     * Has the kernel send again what the server before has read and not answered. To be called before anybody reads. The
     * channels are closed if this fails.
     */
    void resend() throws IOException {
        ByteBuffer notice = struct(OutHeader.LENGTH);
        OutHeader.put(notice, OutHeader.LENGTH, -NOTIFY_RESEND, 0);
        try {
            kept.getFirst().write(notice);
        } catch (IOException e) {
            try (this) {
                throw e;
            }
        }
    }

    /** Those that must outlive this process. */
    List<RawFile> kept() {
        return List.copyOf(kept);
    }

    /** Those that requests are read from, one for each reader. */
    List<RawFile> read() {
        return read;
    }

    private static ByteBuffer struct(int length) {
        return ByteBuffer.allocateDirect(length).order(ByteOrder.nativeOrder());
    }

    @Override
    public void close() throws IOException {
        for (RawFile channel :
                Stream.concat(read.stream(), kept.stream()).distinct().toList()) {
            channel.close();
        }
    }
}
