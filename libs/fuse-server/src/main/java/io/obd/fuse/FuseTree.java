package io.obd.fuse;

import org.jspecify.annotations.Nullable;

/** A read-only file system, as {@link TreeServer} serves it. Many threads ask at once. */
public interface FuseTree {
    /** The file of that number, or null if there is none any more. */
    @Nullable
    FuseNode node(long id);

    /** How many files there are, for statfs(2). */
    long files();

    /** Whether no file has extended attributes, now and later: the kernel need not ask. */
    boolean hasNoXattrs();

    /** Told of each request, before it is answered. */
    FuseObserver observer();
}
