package io.obd.snapshots;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Platform threads for calls into the kernel that can block for long: mount, unmount, walks through directories. On a
 * virtual thread each of them would take a carrier away, and a small machine has two.
 */
public final class BlockingCalls implements AutoCloseable {
    /** A call. */
    public interface Call<T> {
        T run() throws IOException;
    }

    private final ExecutorService threads = Executors.newCachedThreadPool(
            Thread.ofPlatform().name("snapshot-io-", 0).daemon().factory());

    /** Runs a call on a platform thread and waits for it. */
    public <T> T run(Call<T> call) throws IOException {
        if (!Thread.currentThread().isVirtual()) {
            return call.run();
        }
        return Futures.await(CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return call.run();
                    } catch (IOException e) {
                        throw new CompletionException(e);
                    }
                },
                threads));
    }

    /** Runs something on a platform thread. */
    void start(Runnable work) {
        threads.execute(work);
    }

    @Override
    public void close() {
        threads.shutdown();
    }
}
