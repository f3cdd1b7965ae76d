package io.obd.block.gzip;

import io.obd.block.MalformedBlockException;
import io.obd.block.Pool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What was decompressed last, of all gzip streams of a process together, in pieces. A span is decompressed as far as
 * somebody wants it: the inflater stays where it stopped, and goes on from there when a later piece is wanted. What is
 * likely to be wanted next is made on threads of its own, if there are any. Who wants a piece of a span that somebody else
 * is decompressing waits for that piece.
 */
public final class SpanCache {
    /** Spans that decompression can go on with. */
    private static final int RUNS = 8;

    /** Spans that wait to be made ahead. Nothing is lost if there is no room for more. */
    private static final int QUEUE = 16;

    private static final long IDLE_SECONDS = 10;

    private final int capacity;
    private final @Nullable ThreadPoolExecutor threads;
    private final Pool<SpanInflater> inflaters = new Pool<>(RUNS, SpanInflater::new, SpanInflater::close);

    /** Eldest use first, like the runs. Everything below is guarded by the pieces. */
    private final Map<Piece, Slot> pieces = new LinkedHashMap<>(16, 0.75f, true);

    private final Map<Span, Run> runs = new LinkedHashMap<>(16, 0.75f, true);
    private final Set<Span> beingMadeAhead = new HashSet<>();
    private final Deque<Slot> free = new ArrayDeque<>();

    /** @param capacity bytes that are kept at most, beside those that are just being made or read */
    public SpanCache(long capacity) {
        this(capacity, 0);
    }

    /**
     * Makes a cache that is filled ahead of its readers.
     *
     * @param capacity bytes that are kept at most, beside those that are just being made or read
     * @param threads how many do that; they end when there is nothing to do for a while
     */
    public SpanCache(long capacity, int threads) {
        this.capacity = (int) (capacity / GzipChecksumsLayout.PIECE);
        this.threads = threads == 0 ? null : threads(threads);
    }

    private static ThreadPoolExecutor threads(int count) {
        ThreadPoolExecutor threads = new ThreadPoolExecutor(
                count,
                count,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(QUEUE),
                Thread.ofPlatform().daemon().name("gzip-ahead-", 0).factory(),
                new ThreadPoolExecutor.DiscardPolicy());
        threads.allowCoreThreadTimeOut(true);
        return threads;
    }

    /** A span of a stream. */
    record Span(GzipReader stream, int number) {}

    /** A part of a span. */
    private record Piece(Span span, int number) {}

    /** The memory of a piece. It is used for another one when it is neither kept nor in use. */
    private static final class Slot {
        final ByteBuffer bytes = ByteBuffer.allocateDirect(GzipChecksumsLayout.PIECE);
        int users = 1;
        boolean kept;
    }

    /** A span that is being decompressed, or was up to some piece. */
    private final class Run {
        /** Fair: who makes a span ahead lets a reader in after each piece. */
        final ReentrantLock lock = new ReentrantLock(true);

        final Span span;

        /** Guarded by the pieces. */
        int users;

        boolean dropped;

        // Guarded by the lock of this, and free of users.
        @Nullable
        SpanInflater inflater;

        /** The piece that comes next, 0 if there is no inflater. */
        int next;

        Run(Span span) {
            this.span = span;
        }

        /** A piece that is not kept, with those before it that nobody wanted yet. */
        Slot upTo(int number) throws IOException, MalformedBlockException {
            if (next > number) {
                end();
            }
            while (next < number) {
                leave(next());
            }
            return next();
        }

        Slot next() throws IOException, MalformedBlockException {
            Slot slot = slot();
            SpanInflater started = inflater;
            SpanInflater used = started == null ? inflaters.take() : started;
            int number = next;
            inflater = null; // an error leaves none
            next = 0;
            boolean made = false;
            try {
                if (started == null) {
                    span.stream().start(span.number(), used);
                }
                span.stream().make(span.number(), number, used, slot.bytes.clear());
                made = true;
            } finally {
                if (!made) {
                    inflaters.give(used);
                    leave(slot);
                }
            }
            keep(this, number, slot);
            if (number + 1 < span.stream().pieces(span.number())) {
                inflater = used;
                next = number + 1;
            } else {
                inflaters.give(used);
            }
            return slot;
        }

        void end() {
            if (inflater != null) {
                inflaters.give(inflater);
                inflater = null;
                next = 0;
            }
        }
    }

    /**
     * Reads of a piece that is kept, or made now.
     *
     * @param from first byte in the piece
     * @param dst filled, or up to the end of the piece
     */
    void read(Span span, int number, int from, ByteBuffer dst) throws IOException, MalformedBlockException {
        Slot slot = get(span, number);
        try {
            int length = Math.min(slot.bytes.limit() - from, dst.remaining());
            dst.put(dst.position(), slot.bytes, from, length);
            dst.position(dst.position() + length);
        } finally {
            leave(slot);
        }
    }

    private Slot get(Span span, int number) throws IOException, MalformedBlockException {
        Piece piece = new Piece(span, number);
        Run run;
        synchronized (pieces) {
            Slot slot = kept(piece);
            if (slot != null) {
                return slot;
            }
            run = enter(span);
        }
        run.lock.lock();
        try {
            Slot slot = kept(piece);
            return slot == null ? run.upTo(number) : slot;
        } finally {
            run.lock.unlock();
            release(run);
        }
    }

    /** Whether the end of a span is kept. */
    boolean has(Span span) {
        synchronized (pieces) {
            return pieces.containsKey(last(span));
        }
    }

    private static Piece last(Span span) {
        return new Piece(span, span.stream().pieces(span.number()) - 1);
    }

    /** Makes the pieces of a span that were not made yet, on another thread. Nobody waits here. */
    void makeAhead(Span span) {
        if (threads != null && !has(span)) {
            threads.execute(() -> makeAll(span));
        }
    }

    private void makeAll(Span span) {
        Run run;
        synchronized (pieces) {
            if (span.stream().isClosed() || pieces.containsKey(last(span)) || !beingMadeAhead.add(span)) {
                return;
            }
            run = enter(span);
        }
        try {
            makeAll(run);
        } catch (IOException | MalformedBlockException e) {
            // Nobody has asked for these bytes. Who does meets the same, and can say what it was read for.
        } finally {
            release(run);
            synchronized (pieces) {
                beingMadeAhead.remove(span);
                pieces.notifyAll();
            }
        }
    }

    private void makeAll(Run run) throws IOException, MalformedBlockException {
        for (boolean complete = false; !complete; ) {
            run.lock.lock();
            try {
                if (isDropped(run) || has(run.span)) {
                    return;
                }
                leave(run.next());
                complete = run.next == 0;
            } finally {
                run.lock.unlock();
            }
        }
    }

    private boolean isDropped(Run run) {
        synchronized (pieces) {
            return run.dropped;
        }
    }

    private Run enter(Span span) {
        synchronized (pieces) {
            Run run = runs.computeIfAbsent(span, Run::new);
            run.users++;
            return run;
        }
    }

    private void release(Run run) {
        synchronized (pieces) {
            run.users--;
            if (run.users == 0 && (run.dropped || run.inflater == null)) {
                run.end();
                runs.remove(run.span, run);
            }
            Iterator<Run> eldest = runs.values().iterator();
            while (runs.size() > RUNS && eldest.hasNext()) {
                Run next = eldest.next();
                if (next.users == 0) {
                    next.end();
                    eldest.remove();
                }
            }
        }
    }

    private Slot slot() {
        synchronized (pieces) {
            Slot slot = free.poll();
            if (slot == null) {
                return new Slot();
            }
            slot.users = 1;
            return slot;
        }
    }

    private @Nullable Slot kept(Piece piece) {
        synchronized (pieces) {
            Slot slot = pieces.get(piece);
            if (slot != null) {
                slot.users++;
            }
            return slot;
        }
    }

    private void leave(Slot slot) {
        synchronized (pieces) {
            slot.users--;
            reuse(slot);
        }
    }

    private void forget(Slot slot) {
        slot.kept = false;
        reuse(slot);
    }

    private void reuse(Slot slot) {
        if (slot.users == 0 && !slot.kept && free.size() < capacity) {
            free.push(slot);
        }
    }

    private void keep(Run run, int number, Slot slot) {
        synchronized (pieces) {
            if (run.dropped || capacity == 0) {
                return;
            }
            slot.kept = true;
            Slot before = pieces.put(new Piece(run.span, number), slot);
            if (before != null) {
                forget(before);
            }
            Iterator<Slot> eldest = pieces.values().iterator();
            while (pieces.size() > capacity && eldest.hasNext()) {
                Slot next = eldest.next();
                eldest.remove();
                forget(next);
            }
        }
    }

    /** Forgets some spans of a stream. Whoever makes a piece of one just now still gets it. */
    void drop(GzipReader stream, int first, int last) {
        synchronized (pieces) {
            Iterator<Map.Entry<Piece, Slot>> each = pieces.entrySet().iterator();
            while (each.hasNext()) {
                Map.Entry<Piece, Slot> piece = each.next();
                if (isIn(piece.getKey().span(), stream, first, last)) {
                    each.remove();
                    forget(piece.getValue());
                }
            }
            Iterator<Map.Entry<Span, Run>> eachRun = runs.entrySet().iterator();
            while (eachRun.hasNext()) {
                Map.Entry<Span, Run> run = eachRun.next();
                if (isIn(run.getKey(), stream, first, last)) {
                    run.getValue().dropped = true;
                    if (run.getValue().users == 0) {
                        run.getValue().end();
                    }
                    eachRun.remove();
                }
            }
            if (pieces.isEmpty()) {
                free.clear();
            }
        }
    }

    /** Forgets a stream that was closed, and returns when nothing is read of it any more. */
    void drop(GzipReader closed) {
        boolean interrupted = false;
        synchronized (pieces) {
            drop(closed, 0, Integer.MAX_VALUE);
            while (beingMadeAhead.stream().anyMatch(span -> span.stream() == closed)) {
                try {
                    pieces.wait();
                } catch (InterruptedException e) {
                    interrupted = true; // it takes a piece at most: nothing is made ahead that is not on this host
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean isIn(Span span, GzipReader stream, int first, int last) {
        return span.stream() == stream && span.number() >= first && span.number() <= last;
    }
}
