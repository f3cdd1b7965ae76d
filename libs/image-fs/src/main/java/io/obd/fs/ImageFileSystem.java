package io.obd.fs;

import io.obd.block.BlockStore;
import java.io.Closeable;
import java.io.IOException;

/** A file system on a {@link BlockStore} that layers can be applied to, with {@link LayerApplier}. */
public abstract sealed class ImageFileSystem implements Closeable permits Ext4, Erofs {
    private final BlockStore store;
    private final FileTree tree;
    private boolean open = true;

    ImageFileSystem(BlockStore store, FileTree tree) {
        this.store = store;
        this.tree = tree;
    }

    final FileTree tree() {
        if (!open) {
            throw new IllegalStateException("the file system is closed or was given up");
        }
        return tree;
    }

    /** Gives up: {@link #close()} will write nothing. What is in the store then is no file system. */
    final void abandon() {
        if (open) {
            open = false;
            giveUp();
        }
    }

    /**
     * Writes what is not in the store yet and flushes the store, which stays open. After a layer that could not be
     * applied nothing is written.
     */
    @Override
    public final void close() throws IOException {
        if (!open) {
            return;
        }
        try {
            tree.flush();
        } catch (IOException | RuntimeException e) {
            abandon();
            throw e;
        }
        open = false;
        finish();
        store.flush();
    }

    /** Lets go of what is held, and writes nothing. */
    abstract void giveUp();

    /** Writes what is held when the tree is written. */
    abstract void finish() throws IOException;
}
