package io.obd.fuse;

import io.obd.linux.Errno;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Works on the requests for data: on the thread that received one, or on a virtual thread of its own. */
final class DataPath {
    private final FailureLog failures;
    private final @Nullable FuseObserver observer;
    private final BufferPool buffers;
    private final Set<DataRequest> underWay = ConcurrentHashMap.newKeySet();

    /** For the answers to requests that get no memory of their own. */
    private final ByteBuffer refusal =
            ByteBuffer.allocateDirect(OutHeader.LENGTH).order(ByteOrder.nativeOrder());

    DataPath(FailureLog failures, @Nullable FuseObserver observer, BufferPool buffers) {
        this.failures = failures;
        this.observer = observer;
        this.buffers = buffers;
    }

    /** The requests that the watchdog looks at. A reader adds its own once, for all it will ever work on. */
    Set<DataRequest> underWay() {
        return underWay;
    }

    /**
     * Works on a request and answers it.
     *
     * @param buffer for the answer; what remains in it are the bytes to write
     */
    void serve(DataRequest request, ByteBuffer buffer) {
        request.node().inUse().incrementAndGet();
        try {
            int payload = perform(request, buffer);
            // Seen before the answer: whoever has read must find it counted.
            observe(request, false);
            if (request.claim()) {
                Answer.ok(request.channel(), request.unique(), buffer, payload);
            }
        } catch (IOException e) {
            failures.note(request.describe(), reason(e), null);
            fail(request, buffer);
        } catch (Throwable e) { // the edge of the thread: whatever it was, the reader must get an answer
            failures.note(request.describe(), "failed in the server", e);
            fail(request, buffer);
        } finally {
            request.node().inUse().decrementAndGet();
        }
    }

    private void observe(DataRequest request, boolean failed) {
        if (observer != null && request.opcode() == Opcode.READ) {
            observer.read(request.node().id(), request.length(), System.nanoTime() - request.began(), failed);
        }
    }

    private void fail(DataRequest request, ByteBuffer buffer) {
        observe(request, true);
        if (request.claim()) {
            Answer.error(request.channel(), request.unique(), buffer, Errno.EIO.number());
        }
    }

    /** Returns the length of the answer behind the header. */
    private static int perform(DataRequest request, ByteBuffer buffer) throws IOException {
        FuseFile file = request.node().file();
        return switch (request.opcode()) {
            case Opcode.READ -> {
                int length = (int) request.length();
                buffer.limit(OutHeader.LENGTH + length).position(OutHeader.LENGTH);
                file.read(request.offset(), buffer);
                yield length;
            }
            case Opcode.WRITE -> {
                file.write(request.offset(), buffer);
                buffer.clear().putLong(OutHeader.LENGTH + ReplyLayout.WRITTEN, request.length());
                yield ReplyLayout.WRITE_LENGTH;
            }
            case Opcode.FALLOCATE -> {
                file.discard(request.offset(), request.length());
                yield 0;
            }
            default -> {
                file.flush();
                yield 0;
            }
        };
    }

    /** Has a virtual thread work on a request. The caller may use the buffer again when this returns. */
    void serveLater(DataRequest request, ByteBuffer buffer) {
        underWay.add(request);
        try {
            if (request.opcode() == Opcode.WRITE) {
                ByteBuffer copy = buffers.take(buffer.remaining());
                copy.put(buffer).flip();
                start(request, () -> serve(request, copy), copy);
            } else {
                start(request, () -> serveWhenPermitted(request), null);
            }
        } catch (OutOfMemoryError e) { // of this request: the reader goes on
            refuse(request, e);
            underWay.remove(request);
        }
    }

    private void serveWhenPermitted(DataRequest request) {
        // It holds no buffer before it has a permit: a file that hangs costs a bounded amount of memory.
        request.node().permits().acquireUninterruptibly();
        try {
            if (request.isAnswered()) {
                return; // its time was up before its turn came
            }
            int data = request.opcode() == Opcode.READ ? (int) request.length() : 0;
            ByteBuffer buffer = buffers.take(data);
            serve(request, buffer);
            buffers.giveBack(buffer);
        } finally {
            request.node().permits().release();
        }
    }

    private void start(DataRequest request, Runnable work, @Nullable ByteBuffer owned) {
        Thread.ofVirtual().name("fuse-io").start(() -> {
            try {
                work.run();
            } catch (Throwable e) { // the edge of the thread: whatever it was, the reader must get an answer
                refuse(request, e);
            } finally {
                underWay.remove(request);
                if (owned != null) {
                    buffers.giveBack(owned);
                }
            }
        });
    }

    private void refuse(DataRequest request, Throwable reason) {
        failures.note(request.describe(), "failed in the server", reason);
        synchronized (refusal) {
            fail(request, refusal);
        }
    }

    /** The text of an error in one line, with those of its causes that it does not hold itself. */
    static String reason(Throwable error) {
        StringBuilder text = new StringBuilder(String.valueOf(error.getMessage()));
        for (Throwable cause = error.getCause(); cause != null; cause = cause.getCause()) {
            String more = String.valueOf(cause.getMessage());
            if (text.indexOf(more) < 0) {
                text.append(": ").append(more);
            }
        }
        return text.toString();
    }
}
