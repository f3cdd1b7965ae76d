package io.obd.tcmu;

import io.obd.linux.Errno;
import io.obd.linux.ErrnoException;
import io.obd.linux.Reason;
import io.obd.registry.RegistryException;
import io.obd.tcmu.TcmuNetlink.Question;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the kernel's questions, each on a thread of its own: an image that takes long to open delays nobody else.
 */
final class TcmuEvents implements Closeable {
    private static final Logger log = LoggerFactory.getLogger(TcmuEvents.class);

    /** Devices that are opened at the same time. */
    private static final int PARALLEL = 64;

    private static final Duration END_OF_THREAD = Duration.ofSeconds(2);

    /** Does what the kernel says. */
    interface Handler {
        /** Returns when the device is served. */
        void added(TcmuName name, int minor) throws IOException, ApiException;

        /** Returns when the device is not used here any more. */
        void removed(TcmuName name);
    }

    private final TcmuNetlink netlink;
    private final Handler handler;
    private final Semaphore permits = new Semaphore(PARALLEL);
    private final Thread thread =
            Thread.ofPlatform().name("tcmu-events").daemon().unstarted(this::listen);

    TcmuEvents(TcmuNetlink netlink, Handler handler) {
        this.netlink = netlink;
        this.handler = handler;
    }

    void start() {
        thread.start();
    }

    private void listen() {
        while (true) {
            try {
                Question question = netlink.next();
                if (question == null) {
                    return;
                }
                Thread.ofVirtual().name("tcmu-event").start(() -> handle(question));
            } catch (ErrnoException e) {
                log.error("no more events are taken from the kernel: {}", e.getMessage());
                return;
            } catch (IOException e) {
                log.error("an event of the kernel cannot be understood: {}", e.getMessage());
            }
        }
    }

    private void handle(Question question) {
        Optional<TcmuName> name = TcmuName.parse(question.device());
        if (name.isEmpty()) {
            log.info("{}: not a device of ours, left to others", question.device());
            return;
        }
        int status =
                switch (question.kind()) {
                    case ADD -> add(name.get(), question.minor());
                    case REMOVE -> remove(name.get());
                    // The size of a device cannot change while it is in use.
                    case RECONFIGURE -> -Errno.EOPNOTSUPP.number();
                };
        try {
            netlink.answer(question, status);
        } catch (IOException e) {
            log.error("{}: the kernel does not take the answer: {}", question.device(), e.getMessage());
        }
    }

    private int add(TcmuName name, int minor) {
        permits.acquireUninterruptibly();
        try {
            handler.added(name, minor);
            return 0;
        } catch (IOException | ApiException e) {
            log.debug("{}: {}", name.id(), Reason.withCauses(e)); // the table of devices has written why
            return -errno(e);
        } catch (RuntimeException e) { // the edge of the thread
            log.error("{}: cannot be served", name.id(), e);
            return -errno(e);
        } finally {
            permits.release();
        }
    }

    private int remove(TcmuName name) {
        try {
            handler.removed(name);
        } catch (RuntimeException e) { // the edge of the thread
            log.error("{}: removal", name.id(), e);
        }
        return 0;
    }

    /**
     * The error number that says most of a failure. Never one by which whoever waits would just try again: EINTR and
     * EAGAIN mean that the backend is about to start.
     */
    static int errno(@Nullable Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            switch (cause) {
                case ErrnoException e
                when !e.is(Errno.EINTR) && !e.is(Errno.EAGAIN) -> {
                    return e.errno();
                }
                case NoSuchFileException _, RegistryException.NotFound _ -> {
                    return Errno.ENOENT.number();
                }
                case AccessDeniedException _ -> {
                    return Errno.EACCES.number();
                }
                default -> {}
            }
        }
        return Errno.EIO.number();
    }

    boolean isListening() {
        return thread.isAlive();
    }

    @Override
    public void close() throws IOException {
        try (netlink) {
            netlink.end();
            thread.join(END_OF_THREAD);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
