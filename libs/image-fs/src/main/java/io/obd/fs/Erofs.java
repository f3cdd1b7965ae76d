package io.obd.fs;

import io.obd.block.BlockStore;
import java.io.IOException;

/**
 * An EROFS file system on a {@link BlockStore}, uncompressed, made or continued; layers are applied to it with
 * {@link LayerApplier}. A layer adds blocks behind those that are there and writes only the inodes and directories again that
 * it changes. The same calls give the same bytes.
 *
 * <p>Access times are not kept: EROFS has one time. File data goes to the store as it comes, the metadata is kept in memory as
 * that of {@link Ext4} is. Not for several threads at a time.
 */
public final class Erofs extends ImageFileSystem {
    private final ErofsVolume volume;

    private Erofs(BlockStore store, ErofsVolume volume, ErofsDirectories directories) {
        super(store, new ErofsTree(volume, directories));
        this.volume = volume;
    }

    /**
     * Makes an empty file system, with a root of mode 0755 and time 0.
     *
     * @param store must read as zeros
     */
    public static Erofs format(BlockStore store) throws IOException {
        ErofsVolume volume = ErofsVolume.format(store);
        return new Erofs(store, volume, ErofsDirectories.format(volume));
    }

    /**
     * Opens the file system on a store to go on with it.
     *
     * @throws ErofsException if there is none, it is damaged, or it has features that cannot be kept up from here
     */
    public static Erofs open(BlockStore store) throws IOException {
        ErofsVolume volume = ErofsVolume.open(store);
        return new Erofs(store, volume, ErofsDirectories.open(volume));
    }

    /** Whether there is an EROFS file system on a store. */
    public static boolean isOn(BlockStore store) throws IOException {
        return ErofsVolume.isOn(store);
    }

    @Override
    void giveUp() {
        // Nothing but files' data was written, behind the end of the file system that is there.
    }

    @Override
    void finish() throws IOException {
        volume.finish();
    }
}
