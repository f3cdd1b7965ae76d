package io.obd.block.gzip;

import io.obd.block.Pool;
import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Predicate;

/**
 * What was decompressed last, of all gzip streams of a process together: a span has to be decompressed as a whole for any
 * byte of it, and is read in small pieces. Who wants a piece that somebody else is decompressing waits for that.
 */
public final class SpanCache {
    private static final int INFLATERS = 4;

    private final long capacity;
    private final Pool<SpanInflater> inflaters = new Pool<>(INFLATERS, SpanInflater::new, SpanInflater::close);

    /** Eldest use first. */
    private final Map<Piece, Slot> slots = new LinkedHashMap<>(16, 0.75f, true);

    private long size;

    /** @param capacity bytes that are kept at most, beside those that are just being made or read */
    public SpanCache(long capacity) {
        this.capacity = capacity;
    }

    /** A part of a span of a stream. */
    record Piece(GzipReader reader, int span, int number) {}

    /** Makes a piece that is not there. */
    interface Maker {
        byte[] make(SpanInflater inflater) throws IOException;
    }

    private static final class Slot {
        final CompletableFuture<byte[]> bytes = new CompletableFuture<>();
        int weight;
    }

    /** A piece: kept, being made by somebody else, or made now. */
    byte[] get(Piece piece, Maker maker) throws IOException {
        Slot mine = new Slot();
        Slot found;
        synchronized (slots) {
            found = slots.get(piece);
            if (found == null) {
                slots.put(piece, mine);
            }
        }
        return found == null ? make(piece, maker, mine) : await(found);
    }

    private byte[] make(Piece piece, Maker maker, Slot slot) throws IOException {
        SpanInflater inflater = inflaters.take();
        try {
            byte[] bytes = maker.make(inflater);
            slot.bytes.complete(bytes);
            keep(piece, slot, bytes.length);
            return bytes;
        } catch (IOException | RuntimeException | Error e) {
            synchronized (slots) {
                slots.remove(piece, slot);
            }
            slot.bytes.completeExceptionally(e);
            throw e;
        } finally {
            inflaters.give(inflater);
        }
    }

    private static byte[] await(Slot slot) throws IOException {
        try {
            return slot.bytes.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw e;
        }
    }

    private void keep(Piece piece, Slot slot, int weight) {
        synchronized (slots) {
            if (slots.get(piece) != slot) {
                return; // dropped while it was made
            }
            slot.weight = weight;
            size += weight;
            Iterator<Slot> eldest = slots.values().iterator();
            while (size > capacity && eldest.hasNext()) {
                Slot next = eldest.next();
                if (next.weight > 0) {
                    size -= next.weight;
                    eldest.remove();
                }
            }
        }
    }

    /** Forgets some pieces. Whoever makes one of them just now still gets it. */
    boolean drop(Predicate<Piece> which) {
        boolean dropped = false;
        synchronized (slots) {
            Iterator<Map.Entry<Piece, Slot>> each = slots.entrySet().iterator();
            while (each.hasNext()) {
                Map.Entry<Piece, Slot> entry = each.next();
                if (which.test(entry.getKey())) {
                    size -= entry.getValue().weight;
                    each.remove();
                    dropped = true;
                }
            }
        }
        return dropped;
    }
}
