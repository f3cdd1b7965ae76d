package io.obd.convert;

import java.io.Closeable;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * Stops everything that works on a conversion when one part fails or the user has enough. Threads are not interrupted,
 * as that would close the files they work on: they ask {@link #check()} as they go, and what they may be blocked in is
 * closed under them.
 */
public final class Cancellation {
    private final Set<Closeable> blockers = new HashSet<>();
    private @Nullable Throwable reason;

    /** Stops the work. The first reason counts, later ones are what follows from it. */
    public void cancel(Throwable why) {
        Set<Closeable> toClose;
        synchronized (this) {
            if (reason != null) {
                return;
            }
            reason = why;
            toClose = Set.copyOf(blockers);
        }
        for (Closeable blocker : toClose) {
            try {
                blocker.close();
            } catch (IOException e) {
                why.addSuppressed(e);
            }
        }
    }

    /** @throws CancellationException if the work is to stop */
    public synchronized void check() {
        if (reason != null) {
            throw new CancellationException("cancelled");
        }
    }

    /** Throws why the work stopped, if it did; called when nothing is at work any more. */
    public void throwReason() throws IOException {
        Throwable why;
        synchronized (this) {
            why = reason;
        }
        switch (why) {
            case null -> {}
            case IOException e -> throw e;
            case RuntimeException e -> throw e;
            case Throwable e -> throw new IllegalStateException(e);
        }
    }

    /**
     * Has something closed when the work is cancelled, so that a thread blocked in it wakes up; at once if it is
     * cancelled already.
     *
     * @param blocker can be closed by another thread than the one that uses it
     */
    public void closeOnCancel(Closeable blocker) throws IOException {
        synchronized (this) {
            if (reason == null) {
                blockers.add(blocker);
                return;
            }
        }
        blocker.close();
    }
}
