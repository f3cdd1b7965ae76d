package io.obd.fuse;

import io.obd.linux.Errno;
import io.obd.linux.ErrnoException;
import io.obd.linux.RawFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** INIT, the first request of a connection: what the two sides agree on. */
final class Handshake {
    private static final int MAJOR = 7;
    /** The first minor version with max_pages (Linux 4.20), and the one whose structs are used here. */
    private static final int MINOR_NEEDED = 28;

    private static final int MINOR = 38;

    private static final int UNSIGNED_SHORT_MAX = 0xffff;
    private static final int BLOCK = 4096;

    private final long wanted;
    private final ByteBuffer buffer;

    /** @param wanted features to agree on if the kernel has them */
    Handshake(long wanted) {
        this(wanted, ByteBuffer.allocateDirect(Reader.BUFFER).order(ByteOrder.nativeOrder()));
    }

    /** @param buffer for the request, and then the answer */
    Handshake(long wanted, ByteBuffer buffer) {
        this.wanted = wanted;
        this.buffer = buffer;
    }

    /** Answers the INIT that the kernel sends when the file system is mounted. */
    FuseSession answer(RawFile channel) throws IOException {
        int length = channel.read(buffer);
        if (length < InHeader.LENGTH + InitLayout.IN_LENGTH || buffer.getInt(InHeader.OPCODE) != Opcode.INIT) {
            throw new ErrnoException("the first request of a FUSE connection", Errno.EPROTO, "not INIT");
        }
        long unique = buffer.getLong(InHeader.UNIQUE);
        int major = buffer.getInt(InHeader.LENGTH + InitLayout.MAJOR);
        int minor = buffer.getInt(InHeader.LENGTH + InitLayout.MINOR);
        if (major != MAJOR || minor < MINOR_NEEDED) {
            Answer.error(channel, unique, buffer, Errno.EPROTO.number());
            throw new IOException("the kernel speaks FUSE " + major + "." + minor + ", " + MAJOR + "." + MINOR_NEEDED
                    + " or newer is needed");
        }
        FuseSession session = agree(minor, length - InHeader.LENGTH);
        Answer.ok(channel, unique, buffer, InitLayout.OUT_LENGTH);
        return session;
    }

    /**
     * Writes the answer. The number of background requests is set as high as it goes: all devices share it, and with the
     * kernel's default of 12 one device that waits for its data would stop all others.
     */
    FuseSession agree(int minor, int payload) {
        int readAhead = buffer.getInt(InHeader.LENGTH + InitLayout.MAX_READAHEAD);
        FuseSession session =
                new FuseSession(Math.min(minor, MINOR), offered(payload) & wanted, Reader.MAX_TRANSFER, 0);
        int out = OutHeader.LENGTH;
        for (int i = out; i < out + InitLayout.OUT_LENGTH; i++) {
            buffer.put(i, (byte) 0);
        }
        buffer.putInt(out + InitLayout.MAJOR, MAJOR);
        buffer.putInt(out + InitLayout.MINOR, session.minor());
        buffer.putInt(out + InitLayout.MAX_READAHEAD, readAhead);
        buffer.putInt(out + InitLayout.FLAGS, (int) session.flags());
        buffer.putInt(out + InitLayout.OUT_FLAGS2, (int) (session.flags() >>> Integer.SIZE));
        buffer.putShort(out + InitLayout.MAX_BACKGROUND, (short) UNSIGNED_SHORT_MAX);
        buffer.putShort(out + InitLayout.CONGESTION_THRESHOLD, (short) UNSIGNED_SHORT_MAX);
        buffer.putInt(out + InitLayout.MAX_WRITE, Reader.MAX_TRANSFER);
        buffer.putInt(out + InitLayout.TIME_GRANULARITY, 1);
        buffer.putShort(out + InitLayout.MAX_PAGES, (short) (Reader.MAX_TRANSFER / BLOCK));
        return session;
    }

    private long offered(int payload) {
        long flags = Integer.toUnsignedLong(buffer.getInt(InHeader.LENGTH + InitLayout.FLAGS));
        if ((flags & InitLayout.INIT_EXT) == 0 || payload < InitLayout.IN_LENGTH_WITH_FLAGS2) {
            return flags & ~InitLayout.INIT_EXT;
        }
        return flags | (long) buffer.getInt(InHeader.LENGTH + InitLayout.IN_FLAGS2) << Integer.SIZE;
    }
}
