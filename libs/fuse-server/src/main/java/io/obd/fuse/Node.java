package io.obd.fuse;

import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/** A file in the directory. Its number is never used again, so that late requests for a removed file find nothing. */
final class Node {
    /** So many of a file's requests wait for its data beside each other; the others wait for those. */
    private static final int WAITING = 32;

    private final long id;
    private final String name;
    private final FuseFile file;
    private final Semaphore permits = new Semaphore(WAITING);
    private final AtomicInteger inUse = new AtomicInteger();

    Node(long id, String name, FuseFile file) {
        this.id = id;
        this.name = name;
        this.file = file;
    }

    long id() {
        return id;
    }

    String name() {
        return name;
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
