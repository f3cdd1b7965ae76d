package io.obd.block.gzip;

import io.obd.block.MalformedBlockException;
import io.obd.block.Pool;
import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What was decompressed last, of all gzip streams of a process together, in pieces. A span is decompressed only as far as
 * somebody wants it: the inflater stays where it stopped, and goes on from there when a later piece is wanted. Who wants a
 * piece of a span that somebody else is decompressing waits for that.
 */
public final class SpanCache {
    /** Spans that decompression can go on with. */
    private static final int RUNS = 8;

    private final long capacity;
    private final Pool<SpanInflater> inflaters = new Pool<>(RUNS, SpanInflater::new, SpanInflater::close);

    /** Eldest use first, like the runs; both are guarded by the pieces. */
    private final Map<Piece, byte[]> pieces = new LinkedHashMap<>(16, 0.75f, true);

    private final Map<Span, Run> runs = new LinkedHashMap<>(16, 0.75f, true);
    private long size;

    /** @param capacity bytes that are kept at most, beside those that are just being made or read */
    public SpanCache(long capacity) {
        this.capacity = capacity;
    }

    /** A span of a stream. */
    record Span(GzipReader reader, int number) {}

    /** A part of a span. */
    private record Piece(Span span, int number) {}

    /** Makes the pieces of a span, one after the other. */
    interface Maker {

        /** Starts at the beginning of the span. */
        void start(SpanInflater inflater) throws IOException, MalformedBlockException;

        /** Makes the piece that follows. */
        byte[] next(SpanInflater inflater, int number) throws IOException, MalformedBlockException;
    }

    /** A span that is being decompressed, or was up to some piece. */
    private final class Run {
        final ReentrantLock lock = new ReentrantLock();

        /** Guarded by the pieces. */
        int users;

        boolean dropped;

        // Guarded by the lock of this, and free of users.
        @Nullable
        SpanInflater inflater;

        int next;

        byte[] get(Piece piece, Maker maker) throws IOException, MalformedBlockException {
            byte[] bytes = cached(piece);
            if (bytes != null) {
                return bytes;
            }
            SpanInflater used = inflater;
            inflater = null; // an error leaves none
            if (used == null || next > piece.number()) {
                used = used == null ? inflaters.take() : used;
                next = 0;
                start(used, maker);
            }
            do {
                bytes = next(used, maker);
                keep(this, new Piece(piece.span(), next), bytes);
                next++;
            } while (next <= piece.number());
            inflater = used;
            return bytes;
        }

        private void start(SpanInflater used, Maker maker) throws IOException, MalformedBlockException {
            boolean started = false;
            try {
                maker.start(used);
                started = true;
            } finally {
                if (!started) {
                    inflaters.give(used);
                }
            }
        }

        private byte[] next(SpanInflater used, Maker maker) throws IOException, MalformedBlockException {
            byte[] bytes = null;
            try {
                bytes = maker.next(used, next);
                return bytes;
            } finally {
                if (bytes == null) {
                    inflaters.give(used);
                }
            }
        }

        void end() {
            if (inflater != null) {
                inflaters.give(inflater);
                inflater = null;
            }
        }
    }

    /** A piece: kept, or made now with those before it that nobody wanted yet. */
    byte[] get(Span span, int number, Maker maker) throws IOException, MalformedBlockException {
        Piece piece = new Piece(span, number);
        Run run;
        synchronized (pieces) {
            byte[] bytes = pieces.get(piece);
            if (bytes != null) {
                return bytes;
            }
            run = runs.computeIfAbsent(span, absent -> new Run());
            run.users++;
        }
        try {
            run.lock.lock();
            try {
                return run.get(piece, maker);
            } finally {
                run.lock.unlock();
            }
        } finally {
            release(run);
        }
    }

    private byte @Nullable [] cached(Piece piece) {
        synchronized (pieces) {
            return pieces.get(piece);
        }
    }

    private void release(Run run) {
        synchronized (pieces) {
            run.users--;
            if (run.dropped && run.users == 0) {
                run.end();
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

    private void keep(Run run, Piece piece, byte[] bytes) {
        synchronized (pieces) {
            if (run.dropped || capacity == 0) {
                return;
            }
            byte[] before = pieces.put(piece, bytes);
            size += bytes.length - (before == null ? 0 : before.length);
            Iterator<byte[]> eldest = pieces.values().iterator();
            while (size > capacity && eldest.hasNext()) {
                size -= eldest.next().length;
                eldest.remove();
            }
        }
    }

    /** Forgets some spans of a stream. Whoever makes a piece of one just now still gets it. */
    void drop(GzipReader reader, int first, int last) {
        synchronized (pieces) {
            Iterator<Map.Entry<Piece, byte[]>> each = pieces.entrySet().iterator();
            while (each.hasNext()) {
                Map.Entry<Piece, byte[]> piece = each.next();
                if (isIn(piece.getKey().span(), reader, first, last)) {
                    size -= piece.getValue().length;
                    each.remove();
                }
            }
            Iterator<Map.Entry<Span, Run>> eachRun = runs.entrySet().iterator();
            while (eachRun.hasNext()) {
                Map.Entry<Span, Run> run = eachRun.next();
                if (isIn(run.getKey(), reader, first, last)) {
                    run.getValue().dropped = true;
                    if (run.getValue().users == 0) {
                        run.getValue().end();
                    }
                    eachRun.remove();
                }
            }
        }
    }

    private static boolean isIn(Span span, GzipReader reader, int first, int last) {
        return span.reader() == reader && span.number() >= first && span.number() <= last;
    }
}
