package io.obd.blobstore;

import io.obd.registry.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** What is cached of one blob, and what is being fetched of it. It belongs to the digest, whoever asks for it. */
final class Entry {
    private static final long MAX_SEGMENTS = 1 << 22;

    private final Path directory;
    private final Digest digest;
    private final long size;
    private final int granule;
    private final AtomicReferenceArray<@Nullable Segment> segments;
    private final ConcurrentHashMap<Long, Flight> flights = new ConcurrentHashMap<>();
    private final Grants grants;
    private int users;
    private volatile boolean retired;

    /**
     * @param size length of the blob in bytes, at most {@link #maxSize}
     */
    Entry(Path directory, Digest digest, long size, int granule) {
        this.directory = directory;
        this.digest = digest;
        this.size = size;
        this.granule = granule;
        this.grants = new Grants(directory);
        long span = (long) granule * SegmentLayout.GRANULES;
        this.segments = new AtomicReferenceArray<>(Math.toIntExact((size + span - 1) / span));
    }

    /** Length of the longest blob that can be cached: 64 TiB with granules of 256 KiB. */
    static long maxSize(int granule) {
        return MAX_SEGMENTS * SegmentLayout.GRANULES * granule;
    }

    Digest digest() {
        return digest;
    }

    long size() {
        return size;
    }

    int granule() {
        return granule;
    }

    /** Bytes of the granule; the last one of a blob may be short. */
    int granuleLength(long number) {
        return (int) Math.min(granule, size - number * granule);
    }

    /** Who has given out the blob. */
    Grants grants() {
        return grants;
    }

    /** Bytes that a fetch brings. */
    int length(Flight flight) {
        int length = 0;
        for (int i = 0; i < flight.count(); i++) {
            length += granuleLength(flight.first() + i);
        }
        return length;
    }

    boolean isUnderWay(long number) {
        return flights.containsKey(number);
    }

    // The number of open readers is guarded by the store.

    void addUser() {
        users++;
    }

    /** Returns whether this was the last one. */
    boolean removeUser() {
        users--;
        return users == 0;
    }

    boolean inUse() {
        return users > 0;
    }

    @Nullable
    Segment segmentOf(long number) {
        return segments.get((int) (number / SegmentLayout.GRANULES));
    }

    List<Segment> segments() {
        List<Segment> all = new ArrayList<>();
        for (int i = 0; i < segments.length(); i++) {
            Segment segment = segments.get(i);
            if (segment != null) {
                all.add(segment);
            }
        }
        return all;
    }

    /** Takes over a segment that was found on the disk. */
    void adopt(Segment segment) {
        segments.set((int) segment.identity().index(), segment);
    }

    /** Another entry may take this one's place in the directory: a fetch that is still under way leaves nothing there. */
    void retire() {
        synchronized (segments) {
            retired = true;
        }
    }

    boolean isRetired() {
        return retired;
    }

    /** The segment of a granule, made if it is missing; null if the entry is retired. */
    @Nullable
    Segment makeSegmentOf(long number) throws IOException {
        int index = (int) (number / SegmentLayout.GRANULES);
        synchronized (segments) {
            Segment segment = segments.get(index);
            if (segment == null && !retired) {
                Files.createDirectories(directory);
                segment = Segment.create(
                        directory.resolve(Integer.toString(index)),
                        new SegmentLayout.Identity(digest, size, granule, index));
                segments.set(index, segment);
            }
            return segment;
        }
    }

    /** Forgets a segment that has been retired. */
    void forget(Segment segment) {
        segments.compareAndSet((int) segment.identity().index(), segment, null);
    }

    boolean has(long number) {
        Segment segment = segmentOf(number);
        return segment != null && segment.has(numberInSegment(number));
    }

    static int numberInSegment(long number) {
        return (int) (number % SegmentLayout.GRANULES);
    }

    /**
     * Joins the fetch that brings a granule, or opens one that the caller has to run.
     *
     * @param mine opened for the granule by the caller
     * @param last granules up to this one may be fetched along
     * @return {@code mine} if it is to be run, another fetch to wait for, or null if the granule is there by now
     */
    @Nullable
    Flight join(Flight mine, long last) {
        long first = mine.first();
        Flight other = flights.putIfAbsent(first, mine);
        if (other != null) {
            return other;
        }
        if (has(first)) {
            flights.remove(first, mine);
            return null;
        }
        for (long next = first + 1; next <= last; next++) {
            if (flights.putIfAbsent(next, mine) != null) {
                break;
            }
            if (has(next)) {
                flights.remove(next, mine);
                break;
            }
            mine.extend();
        }
        return mine;
    }

    /** A fetch has ended and what it brought has been taken in. */
    void leave(Flight flight) {
        for (long number = flight.first(); number < flight.first() + flight.count(); number++) {
            flights.remove(number, flight);
        }
    }

    /** Takes a fetch of this granule out of the way of new readers; false if there is none. */
    boolean abandonFlight(long number) {
        Flight flight = flights.get(number);
        if (flight == null) {
            return false;
        }
        flight.abandon();
        leave(flight);
        return true;
    }

    /**
     * Fills {@code dst} with cached bytes of a granule.
     *
     * @return false if they are not cached
     */
    boolean read(long number, int offset, ByteBuffer dst) throws IOException {
        Segment segment = segmentOf(number);
        return segment != null && segment.read(numberInSegment(number), offset, dst);
    }

    /** Bytes that are cached. */
    long cached() {
        return segments().stream().mapToLong(Segment::length).sum();
    }

    /** What is cached, and for how many. */
    CachedPart part() {
        return new CachedPart(digest.toString(), size, cached(), users);
    }

    /** The digest of what is cached, null if something is missing. */
    @Nullable
    Digest hash() throws IOException {
        MessageDigest hasher = digest.hasher();
        ByteBuffer buffer = ByteBuffer.allocate(granule);
        for (long number = 0; number * granule < size; number++) {
            if (!read(number, 0, buffer.clear().limit(granuleLength(number)))) {
                return null;
            }
            hasher.update(buffer.flip());
        }
        return Digest.ofHash(digest.algorithm(), hasher.digest());
    }
}
