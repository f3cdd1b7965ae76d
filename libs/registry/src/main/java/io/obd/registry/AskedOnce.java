package io.obd.registry;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Questions that many threads have at the same time and whose answers are kept: one thread asks, the others wait until it has
 * an answer. If it gets none, each asks for itself, as its time may be longer and its failure is its own.
 */
final class AskedOnce<K> {
    private final ConcurrentHashMap<K, CountDownLatch> underWay = new ConcurrentHashMap<>();

    /** Asks, and keeps the answer. */
    interface Question<V> {
        V ask() throws IOException;
    }

    /**
     * The answer that is kept, or a new one.
     *
     * @param kept the answer that is known, if any
     * @param deadline until which others are waited for
     * @throws InterruptedIOException if it is interrupted while it waits
     * @throws IOException if the question fails
     */
    <V> V get(K key, Deadline deadline, Supplier<Optional<V>> kept, Question<V> question) throws IOException {
        Optional<V> known = kept.get();
        if (known.isPresent()) {
            return known.get();
        }
        CountDownLatch own = new CountDownLatch(1);
        CountDownLatch other = underWay.putIfAbsent(key, own);
        try {
            if (other != null) {
                await(other, deadline);
            }
            // Also without another now: one may have ended since.
            known = kept.get();
            return known.isPresent() ? known.get() : question.ask();
        } finally {
            if (other == null) {
                underWay.remove(key);
                own.countDown();
            }
        }
    }

    private static void await(CountDownLatch other, Deadline deadline) throws InterruptedIOException {
        try {
            // Whether it is done or there is no time left, what comes next tells.
            var _ = other.await(deadline.left().toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while another thread asked");
        }
    }
}
