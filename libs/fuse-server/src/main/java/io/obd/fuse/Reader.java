package io.obd.fuse;

import io.obd.linux.Errno;
import io.obd.linux.ErrnoException;
import io.obd.linux.RawFile;
import io.obd.linux.ReadableWait;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that takes requests from the kernel.
 *
 * <p>It works on a request itself: no hand-over, no allocation, which is what a read that memory or the local cache
 * can answer should cost. Nobody can tell beforehand whether a read will have to wait for the network, so the readers
 * only see to it that one of them is always free: when the last one receives a request for data, it gives it to a
 * virtual thread and goes on receiving. Devices that hang can thus take all readers but one, and from then on requests
 * of all devices cost a hand-over, but none waits for another device.
 *
 * <p>It waits in poll(2) and not in read(2): the kernel wakes all who poll and only the one who has waited longest in a read,
 * whose processor sleeps the deepest.
 */
final class Reader implements Runnable {
    /** Longest read and write in bytes, as told to the kernel. */
    static final int MAX_TRANSFER = 1 << 20;

    /** The kernel refuses to fill a buffer that could not hold the longest write with its headers. */
    static final int BUFFER = MAX_TRANSFER + 4096;

    private static final Logger log = LoggerFactory.getLogger(Reader.class);

    private final RawFile channel;
    private final ReadableWait request;
    private final AtomicInteger free;
    private final Requests requests;
    private final DataPath data;
    private final BooleanSupplier standingDown;
    private final DataRequest own = new DataRequest();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER).order(ByteOrder.nativeOrder());
    private @Nullable Node lastNode;

    /**
     * @param channel this reader's descriptor of the mount, which does not wait
     * @param request waits for the channel
     * @param free how many readers are free now, shared by all readers of the mount
     * @param requests what the requests are about
     * @param standingDown true when no more requests are to be taken
     */
    Reader(
            RawFile channel,
            ReadableWait request,
            AtomicInteger free,
            Requests requests,
            DataPath data,
            BooleanSupplier standingDown) {
        this.channel = channel;
        this.request = request;
        this.free = free;
        this.requests = requests;
        this.data = data;
        this.standingDown = standingDown;
        data.underWay().add(own);
    }

    @Override
    public void run() {
        while (!standingDown.getAsBoolean()) {
            free.incrementAndGet();
            int length = receive();
            boolean last = free.decrementAndGet() == 0;
            if (length < 0) {
                return;
            }
            if (length < InHeader.LENGTH || buffer.getInt(InHeader.LENGTH_OF_REQUEST) != length) {
                log.error("a request of {} bytes does not have the length it says", length);
                continue;
            }
            handle(length - InHeader.LENGTH, last);
        }
    }

    /** Returns the length of the next request, or -1 when the mount is gone or no more requests are to be taken. */
    private int receive() {
        while (true) {
            try {
                int length = channel.readNow(buffer.clear());
                if (length != RawFile.NOTHING_YET) {
                    return length;
                }
                if (!request.await()) {
                    return -1;
                }
            } catch (ErrnoException e) {
                if (e.is(Errno.ENODEV)) {
                    return -1;
                }
                // ENOENT: a request was withdrawn while it was handed to us.
                if (!e.is(Errno.EINTR) && !e.is(Errno.ENOENT)) {
                    log.error("no more requests are taken from the kernel: {}", e.getMessage());
                    return -1;
                }
            }
        }
    }

    private void handle(int payload, boolean last) {
        int opcode = buffer.getInt(InHeader.OPCODE);
        long unique = buffer.getLong(InHeader.UNIQUE);
        long id = buffer.getLong(InHeader.NODE);
        int result;
        try {
            result = switch (opcode) {
                case Opcode.READ, Opcode.WRITE, Opcode.FALLOCATE, Opcode.FSYNC ->
                    data(opcode, unique, id, payload, last);
                default -> requests.answer(opcode, id, buffer, payload);
            };
        } catch (RuntimeException | Error e) { // the edge of the thread: whatever it was, who asks must get an answer
            log.error("a request with opcode {} for node {} failed in the server", opcode, id, e);
            own.claim();
            result = -Errno.EIO.number();
        }
        if (result == Requests.NO_ANSWER) {
            return;
        }
        if (result < 0) {
            Answer.error(channel, unique, buffer, -result);
        } else {
            Answer.ok(channel, unique, buffer, result);
        }
    }

    private int data(int opcode, long unique, long id, int payload, boolean last) {
        Node node = requests.node(id, lastNode);
        if (node == null) {
            return -Errno.ESTALE.number();
        }
        lastNode = node;
        return switch (opcode) {
            case Opcode.READ -> read(unique, node, payload, last);
            case Opcode.WRITE -> write(unique, node, payload, last);
            case Opcode.FALLOCATE -> fallocate(unique, node, payload, last);
            default -> serve(opcode, unique, node, 0, 0, last);
        };
    }

    private int read(long unique, Node node, int payload, boolean last) {
        if (payload < RequestLayout.READ_LENGTH) {
            return -Errno.EPROTO.number();
        }
        long offset = buffer.getLong(InHeader.LENGTH + RequestLayout.OFFSET);
        long size = Integer.toUnsignedLong(buffer.getInt(InHeader.LENGTH + RequestLayout.SIZE));
        if (offset < 0 || size > MAX_TRANSFER) {
            return -Errno.EINVAL.number();
        }
        long length = Math.min(size, node.file().size() - offset);
        return length <= 0 ? 0 : serve(Opcode.READ, unique, node, offset, length, last);
    }

    private int write(long unique, Node node, int payload, boolean last) {
        if (payload < RequestLayout.WRITE_DATA) {
            return -Errno.EPROTO.number();
        }
        long offset = buffer.getLong(InHeader.LENGTH + RequestLayout.OFFSET);
        long size = Integer.toUnsignedLong(buffer.getInt(InHeader.LENGTH + RequestLayout.SIZE));
        if (size != payload - RequestLayout.WRITE_DATA) {
            return -Errno.EPROTO.number();
        }
        int start = InHeader.LENGTH + RequestLayout.WRITE_DATA;
        buffer.limit(start + (int) size).position(start);
        int refusal = refusal(node, offset, size);
        return refusal < 0 ? refusal : serve(Opcode.WRITE, unique, node, offset, size, last);
    }

    private int fallocate(long unique, Node node, int payload, boolean last) {
        if (payload < RequestLayout.FALLOCATE_LENGTH) {
            return -Errno.EPROTO.number();
        }
        long offset = buffer.getLong(InHeader.LENGTH + RequestLayout.OFFSET);
        long length = buffer.getLong(InHeader.LENGTH + RequestLayout.SIZE);
        int mode = buffer.getInt(InHeader.LENGTH + RequestLayout.FALLOCATE_MODE);
        if ((mode & (RequestLayout.PUNCH_HOLE | RequestLayout.ZERO_RANGE)) == 0) {
            return -Errno.EOPNOTSUPP.number();
        }
        int refusal = refusal(node, offset, length);
        return refusal < 0 ? refusal : serve(Opcode.FALLOCATE, unique, node, offset, length, last);
    }

    /** The negative error number with which a change of a range is refused, or 0. */
    private static int refusal(Node node, long offset, long length) {
        if (!node.file().isWritable()) {
            return -Errno.EROFS.number();
        }
        boolean inside = offset >= 0 && length > 0 && offset <= node.file().size() - length;
        return inside ? 0 : -Errno.EFBIG.number();
    }

    private int serve(int opcode, long unique, Node node, long offset, long length, boolean last) {
        if ((offset | length) % requests.alignment() != 0) {
            return -Errno.EINVAL.number();
        }
        DataRequest request = last ? new DataRequest() : own;
        request.begin(channel, node, opcode, unique, offset, length);
        if (last) {
            data.serveLater(request, buffer);
        } else {
            data.serve(request, buffer);
        }
        return Requests.NO_ANSWER;
    }
}
