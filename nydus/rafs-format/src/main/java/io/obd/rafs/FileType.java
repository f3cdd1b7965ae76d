package io.obd.rafs;

import org.jspecify.annotations.Nullable;

/** What a file can be. */
public enum FileType {
    FIFO(0x1000, 5, 'p'),
    CHARACTER_DEVICE(0x2000, 3, 'c'),
    DIRECTORY(0x4000, 2, 'd'),
    BLOCK_DEVICE(0x6000, 4, 'b'),
    REGULAR(0x8000, 1, 'f'),
    SYMLINK(0xa000, 7, 'l'),
    SOCKET(0xc000, 6, 's');

    private static final int BITS = 0xf000;

    private final int mode;
    private final int entryType;
    private final char letter;

    FileType(int mode, int entryType, char letter) {
        this.mode = mode;
        this.entryType = entryType;
        this.letter = letter;
    }

    /** The type that the upper four of a mode's 16 bits state, or null if they state none. */
    public static @Nullable FileType ofMode(int mode) {
        for (FileType type : values()) {
            if (type.mode == (mode & BITS)) {
                return type;
            }
        }
        return null;
    }

    /** Its bits in a mode. */
    int mode() {
        return mode;
    }

    /** Its number in directory entries of version 6. */
    int entryType() {
        return entryType;
    }

    /** Its letter for find(1). */
    public char letter() {
        return letter;
    }
}
