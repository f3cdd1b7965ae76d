package io.obd.rafs;

import io.obd.block.CorruptBlobException;
import io.obd.fs.tar.ByteString;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads a bootstrap of version 6 from its super block on. */
final class V6Loader {
    private static final int LONGEST_TARGET = 4095;

    private final MetadataBytes in;
    private final V6SuperBlock superBlock;
    private final String ownBlob;
    private final Map<Long, Inode> inodes = new HashMap<>();
    private final Deque<Unread> unread = new ArrayDeque<>();
    private long names = 1;

    /** A directory whose names were not read yet; {@code entries} is where they go. */
    private record Unread(long nid, long parent, V6InodeLayout inode, List<Inode.Entry> entries) {}

    V6Loader(MetadataBytes in, V6SuperBlock superBlock, String ownBlob) {
        this.in = in;
        this.superBlock = superBlock;
        this.ownBlob = ownBlob;
    }

    Bootstrap load() throws CorruptBlobException {
        List<BlobInfo> blobs = blobs();
        V6Chunks chunks = V6Chunks.load(in, superBlock, blobs);
        long rootNid = superBlock.rootNid();
        Inode root = inode(rootNid, rootNid, chunks);
        if (!root.isDirectory()) {
            throw in.broken(position(rootNid, V6SuperBlock.OFFSET), "the root is no directory");
        }
        for (Unread directory = unread.poll(); directory != null; directory = unread.poll()) {
            read(directory, chunks);
        }
        Table prefetch = superBlock.prefetchTable();
        return new Bootstrap(
                RafsVersion.V6,
                superBlock.flags(),
                superBlock.chunkSize(),
                blobs,
                root,
                inodes.size(),
                names,
                chunks.used(),
                PrefetchTable.decode(in, prefetch.offset(), prefetch.size(), inodes),
                BootstrapTables.of(in, superBlock));
    }

    private List<BlobInfo> blobs() throws CorruptBlobException {
        List<BlobInfo> blobs = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < superBlock.devices(); i++) {
            long at = superBlock.blobTable().offset() + (long) i * BlobEntryLayout.SIZE;
            long slot = V6SuperBlock.DEVICE_TABLE + (long) i * DeviceSlotLayout.SIZE;
            BlobInfo blob = BlobEntryLayout.decode(in, at, i, superBlock, ownBlob);
            DeviceSlotLayout.check(in, slot, BlobEntryLayout.storedId(in, at));
            if (!ids.add(blob.id())) {
                throw in.broken(at, "blob " + blob.id() + " is in the table twice");
            }
            blobs.add(blob);
        }
        return List.copyOf(blobs);
    }

    private void read(Unread directory, V6Chunks chunks) throws CorruptBlobException {
        V6Directory stored = new V6Directory(in, directory.inode(), superBlock.blockSize());
        long limit = superBlock.names() - names;
        for (V6Directory.Entry entry : stored.entries(directory.nid(), directory.parent(), limit)) {
            Inode known = inodes.get(entry.nid());
            if (known != null && known.isDirectory()) {
                throw in.broken(entry.at(), "'" + entry.name() + "' is a second name of a directory");
            }
            position(entry.nid(), entry.at());
            Inode inode = known != null ? known : inode(entry.nid(), directory.nid(), chunks);
            if (inode.type().entryType() != entry.type()) {
                throw in.broken(
                        entry.at(),
                        "'" + entry.name() + "' has type " + entry.type() + ", its inode "
                                + inode.type().entryType());
            }
            directory.entries().add(new Inode.Entry(entry.name(), inode));
            names++;
        }
    }

    private long position(long nid, long from) throws CorruptBlobException {
        long slots = (in.size() - superBlock.metaOffset()) / V6InodeLayout.SLOT;
        if (nid < 0 || nid >= slots) {
            throw in.broken(from, "inode " + Long.toUnsignedString(nid) + " is not in the file");
        }
        return superBlock.metaOffset() + nid * V6InodeLayout.SLOT;
    }

    private Inode inode(long nid, long parent, V6Chunks chunks) throws CorruptBlobException {
        V6InodeLayout stored = V6InodeLayout.decode(in, position(nid, V6SuperBlock.OFFSET));
        List<Inode.Entry> entries = new ArrayList<>();
        Map<ByteString, ByteString> xattrs = V6Xattrs.decode(in, stored.end() - stored.xattrSize(), stored.xattrSize());
        Inode inode = new Inode(
                nid,
                stored.mode(),
                stored.uid(),
                stored.gid(),
                stored.size(),
                stored.links(),
                Instant.ofEpochSecond(stored.mtime(), stored.nanoseconds()),
                0,
                Math.ceilDiv(stored.size(), Inode.BLOCK),
                0,
                xattrs,
                ByteString.EMPTY,
                List.of(),
                Collections.unmodifiableList(entries));
        if (inode.isRegular()) {
            inode = inode.withChunks(chunks.of(stored));
        } else if (inode.isSymlink()) {
            inode = inode.withTarget(target(stored));
        } else if (inode.isDevice()) {
            inode = inode.withDevice(stored.union());
        } else if (inode.isDirectory()) {
            unread.add(new Unread(nid, parent, stored, entries));
        }
        inodes.put(nid, inode);
        return inode;
    }

    private ByteString target(V6InodeLayout stored) throws CorruptBlobException {
        if (stored.size() == 0 || stored.size() > LONGEST_TARGET) {
            throw in.broken(
                    stored.at() + V6InodeLayout.SIZE_FIELD, "a symlink with a target of " + stored.size() + " bytes");
        }
        return switch (stored.layout()) {
            case V6InodeLayout.INLINE -> in.string(stored.end(), stored.size(), "a symlink's target");
            case V6InodeLayout.PLAIN ->
                in.string(
                        Integer.toUnsignedLong(stored.union()) * superBlock.blockSize(),
                        stored.size(),
                        "a symlink's target");
            default -> throw in.broken(stored.at(), "a symlink of layout " + stored.layout());
        };
    }
}
