package io.obd.fuse;

import io.obd.linux.RawFile;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A READ, WRITE, FALLOCATE or FSYNC under way. Two may want to answer it, the thread that works on it and the watchdog
 * when its time is up: whoever claims it first does, the other one drops its answer.
 *
 * <p>Each reader thread has one that it uses again and again, so that the fast path allocates nothing. The unique
 * number is what is claimed, and a server sees each number once: the watchdog cannot claim a later request by mistake. (A
 * request that is sent again to a successor has another one.)
 */
final class DataRequest {
    private static final long NONE = 0;

    private final AtomicLong unclaimed = new AtomicLong(NONE);
    private volatile long began;

    private @Nullable Node node;
    private @Nullable RawFile channel;
    private int opcode;
    private long unique;
    private long offset;
    private long length;

    /** Makes this the request that is worked on now; {@code channel} is where it came from and the answer must go. */
    void begin(RawFile channel, Node node, int opcode, long unique, long offset, long length) {
        this.channel = channel;
        this.node = node;
        this.opcode = opcode;
        this.unique = unique;
        this.offset = offset;
        this.length = length;
        this.began = System.nanoTime();
        unclaimed.set(unique);
    }

    /** True for the one who may answer. */
    boolean claim() {
        return unclaimed.compareAndSet(unique, NONE);
    }

    boolean isAnswered() {
        return unclaimed.get() == NONE;
    }

    /** When it began, by the clock of {@link System#nanoTime}. */
    long began() {
        return began;
    }

    /** Whether it began before that moment and has no answer yet. */
    boolean isWaitingSince(long nanoTime) {
        return !isAnswered() && began - nanoTime < 0;
    }

    /** Claims the request if it began before that moment. */
    Claim claimIfOlderThan(long nanoTime) {
        long candidate = unclaimed.get();
        if (candidate == NONE || began - nanoTime >= 0) {
            return Claim.NOTHING;
        }
        Claim claim = new Claim(candidate, channel, describe());
        return unclaimed.compareAndSet(candidate, NONE) ? claim : Claim.NOTHING;
    }

    /** A request that the watchdog has to answer. */
    record Claim(long unique, @Nullable RawFile channel, String request) {
        static final Claim NOTHING = new Claim(NONE, null, "");
    }

    String describe() {
        String verb =
                switch (opcode) {
                    case Opcode.READ -> "read";
                    case Opcode.WRITE -> "write";
                    case Opcode.FALLOCATE -> "discard";
                    default -> "flush";
                };
        return node().name() + ": " + verb + " of " + length + " bytes at " + offset;
    }

    Node node() {
        return Objects.requireNonNull(node);
    }

    RawFile channel() {
        return Objects.requireNonNull(channel);
    }

    int opcode() {
        return opcode;
    }

    long unique() {
        return unique;
    }

    long offset() {
        return offset;
    }

    long length() {
        return length;
    }
}
