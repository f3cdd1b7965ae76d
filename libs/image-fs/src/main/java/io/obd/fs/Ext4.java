package io.obd.fs;

import io.obd.block.BlockStore;
import java.io.IOException;

/**
 * An ext4 file system on a {@link BlockStore}, made or changed in place by libext2fs; layers are applied to it with
 * {@link LayerApplier}. The same calls give the same bytes, whatever the clock, the user and the time zone are.
 *
 * <p>File data goes to the store as it comes. Metadata (inodes, directories, bitmaps) is kept in memory and written
 * by {@link #close()}: at most 32 MiB of blocks, and some 150 bytes per name in the directories that were touched.
 *
 * <p>Not for several threads at a time. The thread must be a platform thread: the library calls back into the store,
 * and a virtual thread would be pinned while the store waits.
 */
public final class Ext4 extends ImageFileSystem {
    private final Filsys filsys;

    private Ext4(BlockStore store, Filsys filsys) {
        super(store, new Ext4Tree(filsys));
        this.filsys = filsys;
    }

    /**
     * Makes an empty file system over the whole store, which must read as zeros: blocks of 4 KiB, no journal. What is
     * unused is not written.
     *
     * @throws Ext4Exception if libext2fs 1.47 is missing or the store is too small
     */
    public static Ext4 format(BlockStore store, Ext4Options options) throws IOException {
        return new Ext4(store, Filsys.format(store, options));
    }

    /**
     * Opens the file system on a store to change it.
     *
     * @throws Ext4Exception if there is none, it is damaged, or it has features that cannot be kept up from here
     */
    public static Ext4 open(BlockStore store) throws IOException {
        return new Ext4(store, Filsys.open(store));
    }

    @Override
    void giveUp() {
        filsys.abandon();
    }

    @Override
    void finish() throws IOException {
        filsys.close();
    }
}
