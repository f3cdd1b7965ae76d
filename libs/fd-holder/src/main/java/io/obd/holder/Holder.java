package io.obd.holder;

import io.obd.linux.Errno;
import io.obd.linux.ErrnoException;
import io.obd.linux.LoopDevice;
import io.obd.linux.LoopOptions;
import io.obd.linux.MessageSocket;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process that keeps a daemon's descriptors, and what they mean, when the daemon ends in whatever way. It is started
 * when it is not there yet. When it dies, another one is started and given all anew: the daemon has everything itself.
 *
 * <p>The calls wait for the other process, seconds at most: make them on platform threads.
 */
public final class Holder implements Closeable {
    private static final Logger log = LoggerFactory.getLogger(Holder.class);

    private static final Duration MESSAGE_LIMIT = Duration.ofSeconds(10);
    /** Attaching opens a file that this daemon serves, detaching waits for those who look at the device. */
    private static final Duration LOOP_LIMIT = Duration.ofSeconds(30);

    private static final Duration PAUSE_AFTER_FAILURE = Duration.ofSeconds(1);

    private final Path path;
    private final Map<String, Held> mine = new LinkedHashMap<>();
    private @Nullable MessageSocket socket;
    private @Nullable MessageSocket watched;
    private boolean closed;

    private Holder(Path path) {
        this.path = path;
    }

    /** Connects to the holder that listens at a path, or starts one. */
    public static Holder open(Path path) throws IOException {
        Holder holder = new Holder(path);
        synchronized (holder) {
            holder.connect();
        }
        Thread.ofPlatform().name("holder-watch").daemon().start(holder::watch);
        return holder;
    }

    /** What a daemon before this one has left there; it is now this one's. */
    public synchronized List<Held> takeOver() throws IOException {
        return retried(message -> {
            message.send(Message.LIST);
            List<Held> found = new ArrayList<>();
            byte kind = message.receive();
            while (kind == Message.HELD) {
                Held held = message.held();
                found.add(held);
                mine.put(held.key(), held);
                kind = message.receive();
            }
            expect(Message.DONE, kind, message);
            return found;
        });
    }

    /** Gives something to the holder, replacing what it has under that key. The descriptors stay open here as well. */
    public synchronized void hold(Held held) throws IOException {
        retried(message -> {
            message.send(Message.HOLD, held);
            return expect(Message.DONE, message.receive(), message);
        });
        mine.put(held.key(), held);
    }

    /** Has the holder forget a key. */
    public synchronized void release(String key) throws IOException {
        mine.remove(key);
        retried(message -> {
            message.begin(Message.RELEASE).put(key).send();
            return expect(Message.DONE, message.receive(), message);
        });
    }

    /**
     * Attaches a file to a free loop device.
     *
     * @see io.obd.linux.LoopDevices#attach
     */
    public LoopDevice attach(Path backing, LoopOptions options) throws IOException {
        try (MessageSocket own = MessageSocket.connect(path, LOOP_LIMIT)) {
            Message message = new Message(own);
            message.begin(Message.ATTACH).put(backing.toString()).put(options).send();
            return expect(Message.LOOP, message.receive(), message).loopDevice();
        }
    }

    /**
     * Detaches a loop device that nobody uses.
     *
     * @see io.obd.linux.LoopDevices#detach
     */
    public void detach(LoopDevice device) throws IOException {
        try (MessageSocket own = MessageSocket.connect(path, LOOP_LIMIT)) {
            Message message = new Message(own);
            message.begin(Message.DETACH).put(device).send();
            expect(Message.DONE, message.receive(), message);
        }
    }

    /** Tells the holder to end. What it keeps is closed with it. */
    public synchronized void end() throws IOException {
        closed = true;
        mine.clear();
        if (socket != null) {
            Message message = new Message(socket);
            message.send(Message.END);
            expect(Message.DONE, message.receive(), message);
        }
        close();
    }

    private interface Conversation<T> {
        T with(Message message) throws IOException;
    }

    /** Talks to the holder and, if it turns out to be dead, to another one. */
    private <T> T retried(Conversation<T> conversation) throws IOException {
        MessageSocket now = socket == null ? connect() : socket;
        try {
            return conversation.with(new Message(now));
        } catch (ErrnoException e) {
            if (!e.is(Errno.EPIPE) && !e.is(Errno.ECONNRESET)) {
                if (e.is(Errno.ETIMEDOUT) || e.is(Errno.EPROTO)) {
                    disconnect(); // an answer that comes late must not be taken for that of the next request
                }
                throw e;
            }
            return conversation.with(new Message(connect()));
        }
    }

    private static Message expect(byte expected, byte kind, Message message) throws ErrnoException {
        if (kind == expected) {
            return message;
        }
        throw switch (kind) {
            case 0 -> new ErrnoException("the holder of descriptors", Errno.EPIPE.number());
            case Message.FAILED -> message.failure();
            default -> new ErrnoException("answer " + kind + " of the holder", Errno.EPROTO.number());
        };
    }

    /** Connects anew, and gives the holder what it has to have if it is a new one. */
    private MessageSocket connect() throws IOException {
        disconnect();
        MessageSocket connected = connectOrStart();
        try {
            for (Held held : mine.values()) {
                Message message = new Message(connected);
                message.send(Message.HOLD, held);
                expect(Message.DONE, message.receive(), message);
            }
            watched = MessageSocket.connect(path, Duration.ZERO);
        } catch (IOException e) {
            try (connected) {
                throw e; // one that has not got everything is no holder
            }
        }
        socket = connected;
        notifyAll();
        return connected;
    }

    private MessageSocket connectOrStart() throws IOException {
        try {
            return MessageSocket.connect(path, MESSAGE_LIMIT);
        } catch (ErrnoException e) {
            if (!e.is(Errno.ENOENT) && !e.is(Errno.ECONNREFUSED)) {
                throw e;
            }
            return HolderProcess.start(path, MESSAGE_LIMIT);
        }
    }

    private void disconnect() throws IOException {
        MessageSocket last = socket;
        MessageSocket lastWatched = watched;
        socket = null;
        watched = null;
        if (lastWatched != null) {
            lastWatched.shutDown(); // the thread that watches it closes it
        }
        if (last != null) {
            last.close();
        }
    }

    /** Waits for the holder's death, and replaces it. */
    private void watch() {
        try {
            while (true) {
                MessageSocket current = nextToWatch();
                if (current == null) {
                    return;
                }
                try (Closeable _ = () -> forget(current)) {
                    new Message(current).receive();
                }
            }
        } catch (IOException e) {
            log.error("the holder of descriptors is watched no longer: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Sees to it that there is a holder; returns null when none is needed any more. */
    private synchronized @Nullable MessageSocket nextToWatch() throws InterruptedException {
        while (watched == null && !closed) {
            try {
                connect();
            } catch (IOException e) {
                log.error("no holder of descriptors, a crash would cost devices now: {}", e.getMessage());
                wait(PAUSE_AFTER_FAILURE.toMillis());
            }
        }
        return closed ? null : watched;
    }

    /** Closes what was watched: from then on nobody may shut it down. */
    private synchronized void forget(MessageSocket dead) throws IOException {
        if (dead.equals(watched)) {
            watched = null;
            log.warn("the holder of descriptors ended: starting another one");
        }
        dead.close();
    }

    /** Lets go of the holder; it keeps what it has. */
    @Override
    public synchronized void close() throws IOException {
        closed = true;
        disconnect();
        notifyAll();
    }
}
