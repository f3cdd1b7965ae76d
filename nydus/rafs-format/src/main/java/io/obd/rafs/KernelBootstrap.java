package io.obd.rafs;

import io.obd.block.BlobReader;
import io.obd.block.CorruptBlobException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;

/**
 * A bootstrap of version 6 as the kernel's EROFS reads it: the same bytes, but for the root directory, whose permissions
 * and time are those that it has when the image is served.
 */
public final class KernelBootstrap {
    private final ByteBuffer bytes;

    private KernelBootstrap(ByteBuffer bytes) {
        this.bytes = bytes;
    }

    /**
     * Reads a bootstrap, which is the whole file.
     *
     * @param rootPermissions permissions of the root
     * @param rootTime modification time of the root if the image has none
     * @throws CorruptBlobException if it is no bootstrap of version 6, or its root is not of the form that has a time
     */
    public static KernelBootstrap load(BlobReader file, int rootPermissions, Instant rootTime) throws IOException {
        MetadataBytes in = MetadataBytes.load(file);
        if (!V6SuperBlock.isPresent(in)) {
            throw in.broken(V6SuperBlock.OFFSET, "no bootstrap of version 6 that is a file of its own");
        }
        V6SuperBlock superBlock = V6SuperBlock.decode(in);
        V6InodeLayout root =
                V6InodeLayout.decode(in, superBlock.metaOffset() + (long) superBlock.rootNid() * V6InodeLayout.SLOT);
        if (!V6InodeLayout.hasTime(in, root.at())) {
            throw in.broken(root.at(), "a root without a time");
        }
        ByteBuffer bytes = ByteBuffer.allocate((int) file.size()).order(ByteOrder.LITTLE_ENDIAN);
        file.read(0, bytes);
        V6InodeLayout.putPermissions(bytes, (int) root.at(), root.mode(), rootPermissions);
        if (root.mtime() == 0) {
            V6InodeLayout.putTime(bytes, (int) root.at(), rootTime);
        }
        return new KernelBootstrap(bytes);
    }

    /** Length in bytes. */
    public long size() {
        return bytes.capacity();
    }

    /** Fills {@code dst} with the bytes from {@code offset} on. */
    public void read(long offset, ByteBuffer dst) {
        dst.put(bytes.slice((int) offset, dst.remaining()));
    }
}
