package io.obd.fs;

import java.util.ArrayList;
import java.util.List;

/**
 * The feature bits of an ext4 superblock: those that are set in file systems made here, and those that may be set in
 * file systems opened here.
 *
 * @param compatible bits that any implementation may ignore
 * @param incompatible bits without whose knowledge nothing may be read
 * @param readOnly bits without whose knowledge nothing may be written
 */
record Features(int compatible, int incompatible, int readOnly) {
    private static final int EXT_ATTR = 0x8;
    private static final int RESIZE_INODE = 0x10;
    private static final int DIR_INDEX = 0x20;
    private static final int SPARSE_SUPER2 = 0x200;

    private static final int FILETYPE = 0x2;
    private static final int RECOVER = 0x4;
    private static final int META_BG = 0x10;
    private static final int EXTENTS = 0x40;
    private static final int BIT64 = 0x80;
    private static final int FLEX_BG = 0x200;
    private static final int MMP = 0x100;
    private static final int EA_INODE = 0x400;
    private static final int CSUM_SEED = 0x2000;
    private static final int LARGEDIR = 0x4000;

    private static final int SPARSE_SUPER = 0x1;
    private static final int LARGE_FILE = 0x2;
    private static final int HUGE_FILE = 0x8;
    private static final int GDT_CSUM = 0x10;
    private static final int DIR_NLINK = 0x20;
    private static final int EXTRA_ISIZE = 0x40;
    private static final int METADATA_CSUM = 0x400;

    private static final int REQUIRED = FILETYPE | EXTENTS;
    private static final int KNOWN_INCOMPATIBLE = REQUIRED | META_BG | BIT64 | FLEX_BG | CSUM_SEED;
    private static final int READABLE = KNOWN_INCOMPATIBLE | MMP | EA_INODE | LARGEDIR;
    private static final int KNOWN_READ_ONLY =
            SPARSE_SUPER | LARGE_FILE | HUGE_FILE | GDT_CSUM | DIR_NLINK | EXTRA_ISIZE | METADATA_CSUM;

    /** What a new file system has: no journal and no checksums, since an image layer is checked as a blob. */
    static Features ofNewFileSystem() {
        return new Features(
                EXT_ATTR | RESIZE_INODE | DIR_INDEX | SPARSE_SUPER2,
                FILETYPE | EXTENTS | BIT64 | FLEX_BG,
                SPARSE_SUPER | LARGE_FILE | HUGE_FILE | DIR_NLINK | EXTRA_ISIZE);
    }

    boolean hasMetadataChecksums() {
        return (readOnly & METADATA_CSUM) != 0;
    }

    boolean hasDirectoryIndex() {
        return (compatible & DIR_INDEX) != 0;
    }

    /** Refuses a file system with something in it that would be misread from here. */
    void requireReadable() throws Ext4Exception {
        requireReplayedJournal();
        if ((incompatible & FILETYPE) == 0) {
            throw new Ext4Exception("features of the file system: filetype is missing");
        }
        if ((incompatible & ~READABLE) != 0) {
            throw new Ext4Exception(String.format(
                    "features of the file system: incompat bits 0x%x are unknown here", incompatible & ~READABLE));
        }
    }

    private void requireReplayedJournal() throws Ext4Exception {
        if ((incompatible & RECOVER) != 0) {
            throw new Ext4Exception("the journal of the file system must be replayed first: run e2fsck on it");
        }
    }

    /** Refuses a file system with something in it that would be broken by writing to it from here. */
    void requireWritable() throws Ext4Exception {
        requireReplayedJournal();
        List<String> problems = new ArrayList<>();
        if ((incompatible & REQUIRED) != REQUIRED) {
            problems.add("extents or filetype are missing");
        }
        if ((incompatible & ~KNOWN_INCOMPATIBLE) != 0) {
            problems.add(String.format("incompat bits 0x%x are unknown here", incompatible & ~KNOWN_INCOMPATIBLE));
        }
        if ((readOnly & ~KNOWN_READ_ONLY) != 0) {
            problems.add(String.format("ro_compat bits 0x%x are unknown here", readOnly & ~KNOWN_READ_ONLY));
        }
        if (!problems.isEmpty()) {
            throw new Ext4Exception("features of the file system: " + String.join(", ", problems));
        }
    }
}
