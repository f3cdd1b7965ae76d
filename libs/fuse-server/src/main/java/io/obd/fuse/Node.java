package io.obd.fuse;

import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** A file in the directory. Its number is never used again, so that late requests for a removed file find nothing. */
final class Node {
    /** So many of a file's requests wait for its data beside each other; the others wait for those. */
    private static final int WAITING = 32;

    private final long id;
    private final Supplier<String> name;
    private final FuseFile file;
    private final Semaphore permits;
    private final AtomicInteger inUse;

    Node(long id, String name, FuseFile file) {
        this(id, () -> name, file, new Semaphore(WAITING), new AtomicInteger());
    }

    /** A file of many, which wait and are counted together. */
    Node(long id, Supplier<String> name, FuseFile file, Semaphore permits, AtomicInteger inUse) {
        this.id = id;
        this.name = name;
        this.file = file;
        this.permits = permits;
        this.inUse = inUse;
    }

    long id() {
        return id;
    }

    String name() {
        return name.get();
    }

    FuseFile file() {
        return file;
    }

    /** Bounds the memory that the waiting requests of one file take. */
    Semaphore permits() {
        return permits;
    }

    /** Requests that are with the file now. */
    AtomicInteger inUse() {
        return inUse;
    }
}
