package io.obd.snapshotter;

import io.obd.snapshots.SnapshotException;
import java.io.IOException;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Callers for one device, one after the other. */
final class DeviceTurns {
    private final Lock lock = new ReentrantLock();
    private volatile @Nullable IOException failure;

    /** What is done while nobody else has the device. */
    interface Call<T> {
        T run() throws IOException;
    }

    /** Waits for who has the device, and runs. */
    <T> T run(Call<T> call) throws IOException {
        lock.lock();
        try {
            return call.run();
        } finally {
            lock.unlock();
        }
    }

    /**
     * The same for an attach. An attach can take until the backend gives the image up. Whoever waited while that happened
     * gets the same failure: each in turn would wait as long again, and so for a backend that is away. A refusal of one
     * caller is not one of the others.
     */
    <T> T attach(Call<T> call) throws IOException {
        IOException before = failure;
        return run(() -> {
            IOException meanwhile = failure;
            if (meanwhile != null && !meanwhile.equals(before)) {
                throw again(meanwhile);
            }
            try {
                T result = call.run();
                failure = null;
                return result;
            } catch (SnapshotException e) {
                if (e.code() == SnapshotException.Code.UNAVAILABLE) {
                    failure = e;
                }
                throw e;
            } catch (IOException e) {
                failure = e;
                throw e;
            }
        });
    }

    private static IOException again(IOException failure) {
        return failure instanceof SnapshotException e
                ? new SnapshotException(e.code(), String.valueOf(e.getMessage()), e)
                : new IOException(failure.getMessage(), failure);
    }
}
