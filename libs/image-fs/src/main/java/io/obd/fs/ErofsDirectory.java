package io.obd.fs;

import org.jspecify.annotations.Nullable;

/** A directory of an EROFS file system that was found or made since it was opened. */
final class ErofsDirectory {
    /** The position of one that gets its place when it is known how long it is. */
    static final long NOWHERE = -1;

    private final int parent;
    private long position;
    private @Nullable Directory names;
    private @Nullable Attributes attributes;

    private ErofsDirectory(int parent, long position) {
        this.parent = parent;
        this.position = position;
    }

    /** One that is on the disk, with its inode at a byte position. */
    static ErofsDirectory onDisk(int parent, long position) {
        return new ErofsDirectory(parent, position);
    }

    static ErofsDirectory create(int parent, Directory names, Attributes attributes) {
        ErofsDirectory directory = new ErofsDirectory(parent, NOWHERE);
        directory.names = names;
        directory.attributes = attributes;
        return directory;
    }

    int parent() {
        return parent;
    }

    long position() {
        return position;
    }

    void position(long position) {
        this.position = position;
    }

    /** Its names, null until somebody wants to know them. */
    @Nullable
    Directory names() {
        return names;
    }

    void names(Directory names) {
        this.names = names;
    }

    /** The attributes that it is to have, null if it keeps those on the disk. */
    @Nullable
    Attributes attributes() {
        return attributes;
    }

    void attributes(@Nullable Attributes attributes) {
        this.attributes = attributes;
    }

    boolean isChanged() {
        return attributes != null || (names != null && names.isChanged());
    }
}
