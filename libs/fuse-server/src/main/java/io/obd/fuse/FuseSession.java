package io.obd.fuse;

import java.nio.ByteBuffer;

/**
 * What a server has to know of a connection to serve it in the place of another one.
 *
 * @param minor version of the protocol that was agreed on, 7.minor
 * @param flags features that were agreed on, as in INIT with the second word of flags above the first
 * @param maxWrite longest write in bytes that the kernel was told to send
 * @param generation how many servers there were before: each has its own range of file numbers, so that a number never
 *     comes to mean another file
 */
public record FuseSession(int minor, long flags, int maxWrite, int generation) {
    private static final int VERSION = 1;
    private static final int LENGTH = 4 * Integer.BYTES + Long.BYTES;

    /** Whether the kernel sends requests again that the server before has read and not answered. */
    public boolean canResend() {
        return (flags & InitLayout.HAS_RESEND) != 0;
    }

    /** The session as the next server serves it. */
    FuseSession next() {
        return new FuseSession(minor, flags, maxWrite, generation + 1);
    }

    /** The file numbers of this generation are greater than this. */
    long numbersAbove() {
        return Directory.ROOT + ((long) generation << Integer.SIZE);
    }

    /** The session as bytes. */
    public byte[] encode() {
        return ByteBuffer.allocate(LENGTH)
                .putInt(VERSION)
                .putInt(minor)
                .putLong(flags)
                .putInt(maxWrite)
                .putInt(generation)
                .array();
    }

    /**
     * The session of {@link #encode}.
     *
     * @throws IllegalArgumentException if it is none that this version can go on with
     */
    public static FuseSession decode(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        if (bytes.length != LENGTH || in.getInt() != VERSION) {
            throw new IllegalArgumentException("a FUSE session of another version");
        }
        FuseSession session = new FuseSession(in.getInt(), in.getLong(), in.getInt(), in.getInt());
        if (session.maxWrite > Reader.MAX_TRANSFER || session.generation < 0) {
            throw new IllegalArgumentException("a FUSE session with writes of " + session.maxWrite + " bytes");
        }
        return session;
    }
}
