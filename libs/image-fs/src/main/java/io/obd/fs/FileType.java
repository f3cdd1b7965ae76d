package io.obd.fs;

import org.jspecify.annotations.Nullable;

/** The types of a file, with the bits in an inode's mode and the number in a directory entry. */
public enum FileType {
    REGULAR(0x8000, 1),
    DIRECTORY(0x4000, 2),
    CHARACTER_DEVICE(0x2000, 3),
    BLOCK_DEVICE(0x6000, 4),
    FIFO(0x1000, 5),
    SOCKET(0xC000, 6),
    SYMLINK(0xA000, 7);

    static final int MASK = 0xF000;

    final int mode;
    final byte directoryEntryType;

    FileType(int mode, int directoryEntryType) {
        this.mode = mode;
        this.directoryEntryType = (byte) directoryEntryType;
    }

    /** The type that the mode of an inode says, null if it says none. */
    static @Nullable FileType ofMode(int mode) {
        for (FileType type : values()) {
            if (type.mode == (mode & MASK)) {
                return type;
            }
        }
        return null;
    }
}
