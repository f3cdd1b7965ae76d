package io.obd.tcmu;

import io.obd.fuse.FuseFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** An image as a file of the FUSE mount that is served before it is open: who reads or writes it waits until it is. */
final class LateImage implements FuseFile {
    private final long size;
    private final boolean writable;
    private final CompletableFuture<ImageFile> opening = new CompletableFuture<>();
    private volatile @Nullable ImageFile open;

    /** What it is when it is open. */
    LateImage(long size, boolean writable) {
        this.size = size;
        this.writable = writable;
    }

    /**
     * Serves the image to those who wait.
     *
     * @throws IOException if it is not the image that it was
     */
    void open(DiskImage image) throws IOException {
        if (image.store().size() != size || image.writable() != writable) {
            throw new IOException("the image is another one now: it was %d bytes, %s, it is %d bytes, %s"
                    .formatted(size, word(writable), image.store().size(), word(image.writable())));
        }
        ImageFile file = new ImageFile(image);
        open = file;
        opening.complete(file);
    }

    private static String word(boolean writable) {
        return writable ? "writable" : "read-only";
    }

    /** It is never going to be open: who waits for it gets an error. */
    void giveUp() {
        opening.completeExceptionally(new IOException("the device was detached"));
    }

    private ImageFile file() throws IOException {
        ImageFile now = open;
        if (now != null) {
            return now;
        }
        try {
            return opening.join();
        } catch (CompletionException e) {
            throw new IOException(e.getCause());
        }
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public boolean isWritable() {
        return writable;
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        file().read(offset, dst);
    }

    @Override
    public void write(long offset, ByteBuffer src) throws IOException {
        file().write(offset, src);
    }

    @Override
    public void discard(long offset, long length) throws IOException {
        file().discard(offset, length);
    }

    @Override
    public void flush() throws IOException {
        file().flush();
    }
}
