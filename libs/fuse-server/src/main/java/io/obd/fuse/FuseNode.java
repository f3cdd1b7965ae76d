package io.obd.fuse;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A file of a {@link FuseTree}, whatever its type. It does not change: the kernel keeps what it has heard of it until it
 * is told that a name has come to mean another file.
 *
 * <p>All calls are answered from memory, but those of {@link #content}.
 */
public interface FuseNode {
    /** The number by which the kernel knows it, 1 for the root of the tree; the same after a take-over. */
    long id();

    /** What stat(2) says of it. */
    FuseAttributes attributes();

    /** Where it is, for error texts. */
    String path();

    /** The file of that name in this directory, or null. */
    @Nullable
    FuseNode child(byte[] name);

    /** How many names are in this directory; without "." and "..". */
    int entryCount();

    /** A name in this directory; they are counted from 0. */
    byte[] entryName(int index);

    /** The file that has this name. */
    FuseNode entry(int index);

    /** The directory that this directory is in; itself for the root. */
    FuseNode parent();

    /** The target of a symbolic link; no bytes for any other file. */
    default byte[] target() {
        return new byte[0];
    }

    /** Full names of its extended attributes; none unless it says otherwise. */
    default List<byte[]> xattrNames() {
        return List.of();
    }

    /** An extended attribute, or null if it has none of that name. */
    default byte @Nullable [] xattr(byte[] name) {
        return null;
    }

    /** The bytes of a regular file; any range may be asked for. */
    FuseFile content();

    /** How the kernel is to treat the content: false if it should not keep a copy of it. */
    default boolean isCached() {
        return true;
    }

    /** Whether a name that this directory has not will never appear. */
    default boolean isComplete() {
        return true;
    }
}
