package io.obd.linux;

import java.io.Closeable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/**
 * Waits until a descriptor can be read, or until another thread ends the wait: what a thread needs that must not be
 * stuck in read(2) when its work is over. One thread waits, on a platform thread; any thread may end it.
 */
public final class ReadableWait implements Closeable {
    private static final int EFD_CLOEXEC = 0x80000;
    private static final int EFD_NONBLOCK = 0x800;
    private static final int FOR_EVER = -1;

    private final RawFile end;
    private final ByteBuffer descriptors =
            ByteBuffer.allocateDirect(2 * PollLayout.LENGTH).order(ByteOrder.nativeOrder());

    /** @param fd the descriptor; it stays the caller's */
    public ReadableWait(int fd) throws ErrnoException {
        int event = LibC.descriptors().eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (event < 0) {
            throw LibC.failure("eventfd");
        }
        end = new RawFile(Path.of("eventfd"), event);
        watch(0, fd);
        watch(PollLayout.LENGTH, event);
    }

    private void watch(int position, int fd) {
        descriptors.putInt(position + PollLayout.FD, fd);
        descriptors.putShort(position + PollLayout.EVENTS, PollLayout.POLLIN);
    }

    /**
     * Waits.
     *
     * @return true if there is something to read, an error of the descriptor included; false after {@link #end}
     */
    public boolean await() throws ErrnoException {
        while (LibC.descriptors().poll(descriptors, 2, FOR_EVER) < 0) {
            if (LibC.errno() != Errno.EINTR.number()) {
                throw LibC.failure("poll");
            }
        }
        return descriptors.getShort(PollLayout.LENGTH + PollLayout.REVENTS) == 0;
    }

    /** Ends this wait and every later one. */
    public void end() throws ErrnoException {
        end.write(ByteBuffer.allocateDirect(Long.BYTES)
                .order(ByteOrder.nativeOrder())
                .putLong(0, 1));
    }

    @Override
    public void close() throws ErrnoException {
        end.close();
    }
}
