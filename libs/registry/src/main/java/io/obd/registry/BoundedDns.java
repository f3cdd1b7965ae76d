package io.obd.registry;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import okhttp3.Dns;

/**
 * Looks names up, and waits for no longer than a limit: the system waits for servers that do not answer for much longer,
 * and cannot be told to stop. So it runs on a thread of its own, one for each name, however many want to know it.
 */
final class BoundedDns implements Dns {
    private final Dns system;
    private final Duration limit;
    private final ConcurrentHashMap<String, CompletableFuture<List<InetAddress>>> lookups = new ConcurrentHashMap<>();

    BoundedDns(Dns system, Duration limit) {
        this.system = system;
        this.limit = limit;
    }

    @Override
    public List<InetAddress> lookup(String name) throws UnknownHostException {
        try {
            return lookups.computeIfAbsent(name, this::start).get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw failure(name + ": no name server answered within " + limit.toMillis() / 1000.0 + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure(name + ": interrupted while its address was looked up", e);
        } catch (ExecutionException e) {
            throw failure(
                    e.getCause() == null ? name : String.valueOf(e.getCause().getMessage()), e);
        }
    }

    private static UnknownHostException failure(String text, Exception cause) {
        UnknownHostException failure = new UnknownHostException(text);
        failure.initCause(cause);
        return failure;
    }

    private CompletableFuture<List<InetAddress>> start(String name) {
        CompletableFuture<List<InetAddress>> lookup = new CompletableFuture<>();
        Thread.ofPlatform().daemon().name("dns").start(() -> {
            try {
                lookup.complete(system.lookup(name));
            } catch (Throwable e) { // the edge of the thread: who waits is told
                lookup.completeExceptionally(e);
            } finally {
                lookups.remove(name);
            }
        });
        return lookup;
    }
}
