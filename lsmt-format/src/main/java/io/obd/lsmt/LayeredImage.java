package io.obd.lsmt;

import io.obd.block.MappingStore;
import io.obd.lsmt.blob.BlobTarget;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.StampedLock;
import org.jspecify.annotations.Nullable;

/**
 * A virtual disk made of layers: each sector is that of the highest layer that has it, zeros where none does. Many
 * threads read and write at once; reading allocates nothing and takes no lock while it waits for I/O.
 *
 * <p>Implementation: who writes shares {@code changes} and reads {@code state} under it; who puts another state in its
 * place holds the lock alone. Readers need no lock: what a state that they still have refers to stays readable.
 */
public final class LayeredImage implements MappingStore {
    /** The number of a layer is kept in eight bits, of which one value is the writable layer's. */
    public static final int MAX_LAYERS = 255;

    private final StampedLock changes = new StampedLock();
    private volatile State state;

    private LayeredImage(State state) {
        this.state = state;
    }

    /**
     * What the disk is made of.
     *
     * @param size in bytes
     */
    private record State(LayerStack layers, @Nullable WritableLayer top, long size) {

        WritableLayer writable() throws ReadOnlyImageException {
            if (top == null) {
                throw new ReadOnlyImageException();
            }
            return top;
        }
    }

    /**
     * Stacks layers.
     *
     * @param bottomToTop the read-only layers, at most {@value #MAX_LAYERS}; closed with the image
     * @param top the writable layer, or null; closed with the image. One without a size gets that of the stack, which is
     *     written to its files.
     * @throws InvalidStackException if no size is known, or there are too many layers or entries. Nothing is closed then.
     */
    public static LayeredImage open(List<Layer> bottomToTop, @Nullable WritableLayer top) throws IOException {
        LayerStack layers = LayerStack.of(bottomToTop);
        long size = top != null && top.virtualSize() != 0 ? top.virtualSize() : layers.virtualSize();
        if (size == 0) {
            throw new InvalidStackException(
                    bottomToTop.isEmpty() && top == null
                            ? "the image has no layers"
                            : "no layer states the size of the virtual disk");
        }
        if (top != null && top.virtualSize() == 0) {
            top.resize(size);
        }
        return new LayeredImage(new State(layers, top, size));
    }

    @Override
    public long size() {
        return state.size;
    }

    /** Whether there is a writable layer on top. */
    public boolean isWritable() {
        return state.top != null;
    }

    /**
     * Which read-only layer has which part of the disk.
     *
     * @throws IllegalStateException if there is a writable layer, which may change it
     */
    public DiskMap map() {
        State now = state;
        if (now.top != null) {
            throw new IllegalStateException("the image is writable");
        }
        return new DiskMap(now.layers.index(), now.size);
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        State now = state;
        Sectors.check(offset, dst.remaining(), now.size);
        long sector = offset / Sectors.SIZE;
        while (dst.hasRemaining()) {
            int count = now.top == null ? -dst.remaining() / Sectors.SIZE : now.top.readRun(sector, dst);
            if (count < 0) {
                count = -count;
                now.layers.read(sector, count, dst);
            }
            sector += count;
        }
    }

    @Override
    public long nextData(long offset) {
        State now = state;
        long sector = offset / Sectors.SIZE;
        long next = Math.min(now.layers.nextData(sector), now.top == null ? Long.MAX_VALUE : now.top.nextEntry(sector));
        return next >= now.size / Sectors.SIZE ? now.size : next * Sectors.SIZE;
    }

    @Override
    public void write(long offset, ByteBuffer src) throws IOException {
        long stamp = changes.readLock();
        try {
            State now = state;
            Sectors.check(offset, src.remaining(), now.size);
            now.writable().write(offset, src, now.layers);
        } finally {
            changes.unlockRead(stamp);
        }
    }

    @Override
    public void discard(long offset, long length) throws IOException {
        long stamp = changes.readLock();
        try {
            State now = state;
            Sectors.check(offset, length, now.size);
            now.writable().discard(offset, length, now.layers);
        } finally {
            changes.unlockRead(stamp);
        }
    }

    /** @throws UnsupportedLayerException if the writable layer is no TurboOCI layer */
    @Override
    public void mapRemote(long offset, long length, long targetOffset) throws IOException {
        long stamp = changes.readLock();
        try {
            State now = state;
            Sectors.check(offset, length, now.size);
            Sectors.check(targetOffset, length, Sectors.MAX_SIZE);
            now.writable().mapRemote(offset, length, targetOffset);
        } finally {
            changes.unlockRead(stamp);
        }
    }

    @Override
    public void flush() throws IOException {
        long stamp = changes.readLock();
        try {
            if (state.top != null) {
                state.top.flush();
            }
        } finally {
            changes.unlockRead(stamp);
        }
    }

    /**
     * Changes the size of the disk, in the files of the writable layer too, on stable storage when this returns. What is
     * past a smaller size is lost: if the disk grows again it is zeros there.
     *
     * @param size in bytes, a positive multiple of 512
     */
    public void resize(long size) throws IOException {
        if (size == 0 || !Sectors.isSize(size)) {
            throw new IllegalArgumentException(size + " bytes are no size of a disk");
        }
        long stamp = changes.writeLock();
        try {
            State now = state;
            WritableLayer top = now.writable();
            if (size > now.size) {
                top.makeRoom(size);
                long old = now.size / Sectors.SIZE;
                long visible = Math.min(now.layers.nextData(old), top.nextEntry(old));
                if (visible < size / Sectors.SIZE) {
                    top.discard(visible * Sectors.SIZE, size - visible * Sectors.SIZE, now.layers);
                }
            }
            top.resize(size);
            state = new State(now.layers, top, size);
        } finally {
            changes.unlockWrite(stamp);
        }
    }

    /** Makes a snapshot known to whoever opens the image next. */
    @FunctionalInterface
    public interface SnapshotCommit {
        /** Returns when the new stack of layers is what will be opened. */
        void run() throws IOException;
    }

    /** Takes a snapshot, see {@link #restack(WritableLayer, SnapshotCommit)}, of which nobody needs to know. */
    public void restack(WritableLayer top) throws IOException {
        restack(top, () -> {});
    }

    /**
     * Takes a snapshot of an image that is in use: seals the writable layer in place, which becomes the highest of the
     * read-only ones, and goes on with another. Writing waits meanwhile, reading goes on.
     *
     * <p>A crash before the commit loses nothing: the sealed layer can be opened as the writable one that it was. After it
     * the sealed layer is marked, and cannot be opened for writing any more.
     *
     * @param top an empty layer, with the size of the disk or with none; closed with the image
     * @param commit called when both layers are on stable storage, and before anything is written to {@code top}. If it
     *     throws, the image goes on with the layer that it has, and {@code top} is still the caller's.
     */
    public void restack(WritableLayer top, SnapshotCommit commit) throws IOException {
        long stamp = changes.writeLock();
        try {
            State now = state;
            WritableLayer old = now.writable();
            if (now.layers.layers().size() == MAX_LAYERS) {
                throw new InvalidStackException(
                        "an image can have at most " + MAX_LAYERS + " layers below the writable one");
            }
            if (top.nextEntry(0) != Long.MAX_VALUE) {
                throw new InvalidStackException("the new writable layer is not empty");
            }
            if (top.virtualSize() != now.size) {
                if (top.virtualSize() != 0) {
                    throw new InvalidStackException(
                            "the new writable layer has " + top.virtualSize() + " bytes, the image " + now.size);
                }
                top.resize(now.size);
            }
            top.flush();
            state = new State(now.layers.plus(old.toLayer(commit)), top, now.size);
        } finally {
            changes.unlockWrite(stamp);
        }
    }

    /** Writes all that the layers hold together to a new file, see {@link #flatten(BlobTarget, LayerOptions)}. */
    public void flatten(Path file, LayerOptions options) throws IOException {
        flatten(BlobTarget.newFile(file), options);
    }

    /**
     * Writes all that the layers hold together as one layer that stands on nothing. Writing to the image waits meanwhile.
     */
    public void flatten(BlobTarget target, LayerOptions options) throws IOException {
        long stamp = changes.writeLock();
        try {
            new Flattening(state.layers, state.top).to(target, state.size, options);
        } finally {
            changes.unlockWrite(stamp);
        }
    }

    @Override
    public void close() throws IOException {
        IOException failure = null;
        if (state.top != null) {
            failure = close(state.top, failure);
        }
        for (Layer layer : state.layers.layers()) {
            failure = close(layer, failure);
        }
        if (failure != null) {
            throw failure;
        }
    }

    private static @Nullable IOException close(Closeable resource, @Nullable IOException earlier) {
        try {
            resource.close();
            return earlier;
        } catch (IOException e) {
            if (earlier == null) {
                return e;
            }
            earlier.addSuppressed(e);
            return earlier;
        }
    }
}
