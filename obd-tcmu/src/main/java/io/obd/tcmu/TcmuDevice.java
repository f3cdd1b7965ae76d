package io.obd.tcmu;

import io.obd.fuse.BufferPool;
import io.obd.fuse.FailureLog;
import io.obd.linux.Errno;
import io.obd.linux.ErrnoException;
import io.obd.linux.RawFile;
import io.obd.linux.ReadableWait;
import io.obd.linux.Reason;
import io.obd.linux.SharedMapping;
import io.obd.tcmu.ring.BrokenRingException;
import io.obd.tcmu.ring.CommandRing;
import io.obd.tcmu.ring.RingCommand;
import io.obd.tcmu.scsi.ScsiAnswer;
import io.obd.tcmu.scsi.ScsiDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A device that is served: its thread takes the commands from the ring, virtual threads work on those that may have to
 * wait, and each is answered when it is done, in whatever order that is.
 */
final class TcmuDevice {
    private static final Logger log = LoggerFactory.getLogger(TcmuDevice.class);

    /** Commands of one device that are worked on at the same time; the others wait their turn. */
    private static final int PARALLEL = 32;

    private static final ByteBuffer NO_DATA = ByteBuffer.allocate(0);
    private static final Duration POLL = Duration.ofMillis(5);

    private final String name;
    private final RawFile uio;
    private final SharedMapping mapping;
    private final CommandRing ring;
    private final ScsiDisk disk;
    private final ReadableWait events;
    private final FailureLog failures;
    private final Consumer<TcmuDevice> whenGone;
    private final Thread thread;

    private final BufferPool buffers;
    private final Semaphore permits = new Semaphore(PARALLEL);
    private final Set<TcmuRequest> underWay = ConcurrentHashMap.newKeySet();
    private final ReentrantLock telling = new ReentrantLock();
    private final AtomicBoolean untold = new AtomicBoolean();
    private final ReentrantLock lifetime = new ReentrantLock();
    private boolean closed;
    private final ByteBuffer eventCount =
            ByteBuffer.allocateDirect(Integer.BYTES).order(ByteOrder.nativeOrder());
    private final ByteBuffer answersThere =
            ByteBuffer.allocateDirect(Integer.BYTES).order(ByteOrder.nativeOrder());
    private volatile boolean stopping;

    /** The thread looks at the memory and the events no more. */
    private volatile boolean loopEnded;

    /**
     * Takes over an open device.
     *
     * @param uio closed with the device
     * @param buffers for the data of commands
     * @param whenGone given this, on the device's thread, if the kernel has taken the device away or its ring is broken
     */
    TcmuDevice(
            String name,
            RawFile uio,
            SharedMapping mapping,
            ScsiDisk disk,
            BufferPool buffers,
            FailureLog failures,
            Consumer<TcmuDevice> whenGone)
            throws IOException {
        this.name = name;
        this.uio = uio;
        this.mapping = mapping;
        this.ring = CommandRing.of(mapping.memory());
        this.disk = disk;
        this.buffers = buffers;
        this.failures = failures;
        this.whenGone = whenGone;
        this.events = new ReadableWait(uio.fd());
        this.thread = Thread.ofPlatform().name("tcmu-" + name).daemon().unstarted(this::serve);
    }

    /** Begins to take commands. */
    void start() {
        thread.start();
    }

    private void serve() {
        boolean isGone = !takeCommands();
        loopEnded = true;
        if (isGone) {
            whenGone.accept(this);
        }
        closeIfDone();
    }

    /** Returns true when it is to take no more, and false if it cannot. */
    private boolean takeCommands() {
        try {
            do {
                forgetEvents();
                for (RingCommand command = ring.next(); command != null; command = ring.next()) {
                    take(command);
                }
            } while (events.await());
            return true;
        } catch (ErrnoException e) {
            if (e.is(Errno.EIO)) {
                log.info("{}: the kernel has taken the device away", name);
            } else {
                log.error("{}: is not served any more: {}", name, e.getMessage());
            }
        } catch (BrokenRingException e) {
            log.error("{}: is not served any more: {}", name, e.getMessage());
        } catch (RuntimeException | Error e) { // the edge of the thread
            log.error("{}: is not served any more", name, e);
        }
        return false;
    }

    /** The count itself tells nothing: what matters is that it is read before the ring is looked at. */
    private void forgetEvents() throws ErrnoException {
        try {
            uio.read(eventCount.clear());
        } catch (ErrnoException e) {
            if (!e.is(Errno.EAGAIN) && !e.is(Errno.EINTR)) {
                throw e;
            }
        }
    }

    private void take(RingCommand command) {
        TcmuRequest request = new TcmuRequest(command);
        underWay.add(request);
        if (command.isBidirectional()) {
            answer(request, ScsiDisk.unsupported());
            done(request);
        } else if (request.cdb().bringsData()) {
            takeData(request);
        } else if (request.cdb().needsMedium()) {
            start(request, null);
        } else {
            execute(request, NO_DATA);
            done(request);
        }
    }

    /** The data is copied before anybody can give the command up, after which the memory may hold something else. */
    private void takeData(TcmuRequest request) {
        ByteBuffer data;
        try {
            data = take(request.command().dataLength());
        } catch (OutOfMemoryError e) { // of this command: the device is served on
            answer(request, failed(request, e));
            done(request);
            return;
        }
        request.command().copyTo(data);
        start(request, data);
    }

    private ByteBuffer take(long length) {
        return buffers.take((int) length).limit((int) length).order(ByteOrder.BIG_ENDIAN);
    }

    /** @param data that the command brings; null if it gets some */
    private void start(TcmuRequest request, @Nullable ByteBuffer data) {
        Thread.ofVirtual().name("tcmu-io").start(() -> {
            permits.acquireUninterruptibly();
            ByteBuffer buffer = data;
            try {
                if (!request.isClaimed()) { // else its time was up before its turn came
                    if (buffer == null) {
                        buffer = take(request.command().dataLength());
                    }
                    execute(request, buffer);
                }
            } catch (OutOfMemoryError e) {
                answer(request, failed(request, e));
            } finally {
                permits.release();
                if (buffer != null) {
                    buffers.giveBack(buffer);
                }
                done(request);
            }
        });
    }

    private void execute(TcmuRequest request, ByteBuffer data) {
        ScsiAnswer answer;
        try {
            answer = disk.execute(request.cdb(), data);
        } catch (IOException e) {
            failures.note(name + ": " + request.cdb(), Reason.withCauses(e), null);
            answer = ScsiDisk.mediumError(request.cdb());
        } catch (Throwable e) { // the edge of the thread: whatever it was, who waits must get an answer
            answer = failed(request, e);
        }
        answer(request, answer);
    }

    private ScsiAnswer failed(TcmuRequest request, Throwable defect) {
        failures.note(name + ": " + request.cdb(), "failed in the daemon", defect);
        return ScsiDisk.mediumError(request.cdb());
    }

    private void answer(TcmuRequest request, ScsiAnswer answer) {
        if (!request.claim()) {
            return;
        }
        try {
            if (!request.cdb().bringsData()) {
                request.command().copyFrom(answer.data());
            }
            ring.answer(request.command(), answer.status(), answer.sense());
            untold.set(true);
            tell();
        } catch (IOException e) {
            log.error("{}: no answer to a {}: {}", name, request.cdb(), e.getMessage());
        }
    }

    /** One write tells of all answers there are: who finds somebody else telling leaves it to him. */
    private void tell() throws ErrnoException {
        while (untold.get() && telling.tryLock()) {
            try {
                if (untold.getAndSet(false)) {
                    uio.write(answersThere.clear());
                }
            } finally {
                telling.unlock();
            }
        }
    }

    private void done(TcmuRequest request) {
        underWay.remove(request);
        closeIfDone();
    }

    private void closeIfDone() {
        if (stopping && loopEnded && underWay.isEmpty()) {
            closeQuietly();
        }
    }

    /** Commands without an answer that began before that moment. */
    int waitingSince(long nanoTime) {
        return Math.toIntExact(underWay.stream()
                .filter(request -> request.beganBefore(nanoTime) && !request.isClaimed())
                .count());
    }

    /** Fails every command that began before that moment. */
    void giveUp(long begunBefore, Duration limit) {
        lifetime.lock();
        try {
            for (TcmuRequest request : underWay) {
                if (!closed && request.beganBefore(begunBefore) && !request.isClaimed()) {
                    failures.note(
                            name + ": " + request.cdb(),
                            "no answer within " + limit.toMillis() / 1000.0 + " seconds, gave EIO",
                            null);
                    answer(request, ScsiDisk.mediumError(request.cdb()));
                }
            }
        } finally {
            lifetime.unlock();
        }
    }

    /**
     * Takes no more commands, and returns when those under way are answered. What is not answered within the limit
     * stays in the ring, for who serves the device next.
     */
    void stop(Duration limit) throws IOException {
        stopping = true;
        endEvents();
        try {
            if (!Thread.currentThread().equals(thread)) {
                thread.join(limit);
            }
            long deadline = System.nanoTime() + limit.toNanos();
            while (!underWay.isEmpty() && System.nanoTime() < deadline) {
                Thread.sleep(POLL);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (TcmuRequest request : underWay) {
            if (request.claim()) {
                log.warn("{}: left for the next start: {}", name, request.cdb());
            }
        }
        closeIfDone();
    }

    private void endEvents() throws ErrnoException {
        lifetime.lock();
        try {
            if (!closed) {
                events.end();
            }
        } finally {
            lifetime.unlock();
        }
    }

    private void closeQuietly() {
        lifetime.lock();
        try {
            if (!closed) {
                closed = true;
                closeAll();
            }
        } catch (IOException e) {
            log.warn("{}: closing: {}", name, e.getMessage());
        } finally {
            lifetime.unlock();
        }
    }

    private void closeAll() throws IOException {
        try (events;
                uio) {
            mapping.close();
        }
    }
}
