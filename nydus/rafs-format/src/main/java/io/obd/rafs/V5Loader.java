package io.obd.rafs;

import io.obd.block.CorruptBlobException;
import io.obd.fs.tar.ByteString;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a bootstrap of version 5 from its super block on. */
final class V5Loader {
    private static final long ROOT = 1;

    private final MetadataBytes in;
    private final V5SuperBlock superBlock;
    private final String ownBlob;
    private final Map<Long, Inode> inodes = new HashMap<>();
    private final Map<ChunkPlace, Chunk> chunks = new LinkedHashMap<>();
    private final Deque<Unread> unread = new ArrayDeque<>();
    private long names = 1;

    /** A directory whose children were not read yet; {@code entries} is where they go. */
    private record Unread(V5InodeLayout inode, List<Inode.Entry> entries) {}

    V5Loader(MetadataBytes in, V5SuperBlock superBlock, String ownBlob) {
        this.in = in;
        this.superBlock = superBlock;
        this.ownBlob = ownBlob;
    }

    Bootstrap load() throws CorruptBlobException {
        List<BlobInfo> blobs = V5Blobs.decode(in, superBlock, ownBlob);
        V5InodeLayout stored = record(ROOT, superBlock.inodeTable());
        Inode root = inode(stored, blobs);
        if (!root.isDirectory()) {
            throw in.broken(stored.at(), "the root is no directory");
        }
        for (Unread directory = unread.poll(); directory != null; directory = unread.poll()) {
            read(directory, blobs);
        }
        return new Bootstrap(
                RafsVersion.V5,
                superBlock.flags(),
                superBlock.chunkSize(),
                blobs,
                root,
                inodes.size(),
                names,
                List.copyOf(chunks.values()),
                PrefetchTable.decode(
                        in, superBlock.prefetchTable(), (long) superBlock.prefetchEntries() * Integer.BYTES, inodes),
                BootstrapTables.of(superBlock, blobs.size()));
    }

    private V5InodeLayout record(long index, long from) throws CorruptBlobException {
        if (index < ROOT || index > superBlock.inodeEntries()) {
            throw in.broken(from, "inode " + index + " of " + superBlock.inodeEntries());
        }
        long entry = superBlock.inodeTable() + (index - 1) * Integer.BYTES;
        long at = in.u32(entry) * V5SuperBlock.ALIGNMENT;
        if (at <= V5SuperBlock.SIZE || at > in.size() - V5InodeLayout.SIZE) {
            throw in.broken(entry, "inode " + index + " at " + at + " of " + in.size());
        }
        return new V5InodeLayout(in, at);
    }

    private void read(Unread directory, List<BlobInfo> blobs) throws CorruptBlobException {
        V5InodeLayout parent = directory.inode();
        List<ByteString> digests = new ArrayList<>();
        @Nullable ByteString last = null;
        for (long i = 0; i < parent.count(); i++) {
            V5InodeLayout stored = record(parent.firstChild() + i, parent.at());
            ByteString name = stored.name();
            if (name.indexOf('/', 0) >= 0 || name.indexOf(0, 0) >= 0 || isDots(name)) {
                throw in.broken(stored.at(), "'" + name + "' is no name of a file");
            }
            if (last != null && last.compareTo(name) >= 0) {
                throw in.broken(stored.at(), "'" + name + "' stands behind '" + last + "'");
            }
            last = name;
            if (++names > superBlock.inodeEntries()) {
                throw in.broken(stored.at(), "more names than the super block has");
            }
            directory.entries().add(new Inode.Entry(name, child(stored, name, blobs)));
            digests.add(stored.digest());
        }
        checkDigest(parent, superBlock.flags().digester().digest(digests));
    }

    private static boolean isDots(ByteString name) {
        return name.equals(ByteString.of(".")) || name.equals(ByteString.of(".."));
    }

    private Inode child(V5InodeLayout stored, ByteString name, List<BlobInfo> blobs) throws CorruptBlobException {
        Inode known = inodes.get(stored.ino());
        if (known == null) {
            return inode(stored, blobs);
        }
        if (known.isDirectory() || known.mode() != stored.mode() || known.size() != stored.size()) {
            throw in.broken(stored.at(), "'" + name + "' has the number of another inode, " + stored.ino());
        }
        return known;
    }

    private Inode inode(V5InodeLayout stored, List<BlobInfo> blobs) throws CorruptBlobException {
        List<Inode.Entry> entries = new ArrayList<>();
        Inode inode = new Inode(
                stored.ino(),
                stored.mode(),
                stored.uid(),
                stored.gid(),
                stored.size(),
                stored.links(),
                Instant.ofEpochSecond(stored.mtime(), stored.nanoseconds()),
                0,
                stored.blocks(),
                stored.firstChild(),
                stored.xattrs(),
                ByteString.EMPTY,
                List.of(),
                Collections.unmodifiableList(entries));
        Digester digester = superBlock.flags().digester();
        if (inode.isRegular()) {
            inode = inode.withChunks(chunks(stored, blobs));
            checkDigest(
                    stored,
                    digester.digest(inode.chunks().stream().map(Chunk::digest).toList()));
        } else if (inode.isSymlink()) {
            inode = inode.withTarget(stored.target());
            checkDigest(stored, digester.digest(ByteBuffer.wrap(inode.target().toBytes())));
        } else if (inode.isDevice()) {
            inode = inode.withDevice(stored.device());
        } else if (inode.isDirectory()) {
            unread.add(new Unread(stored, entries));
        }
        inodes.put(inode.number(), inode);
        return inode;
    }

    private void checkDigest(V5InodeLayout stored, ByteString digest) throws CorruptBlobException {
        if (!stored.digest().equals(digest)) {
            throw in.broken(stored.at(), "the digest of inode " + stored.ino() + " is not that of what it has");
        }
    }

    /** All but the last have the size of chunks: who reads finds the chunk of a byte by dividing. */
    private List<Chunk> chunks(V5InodeLayout stored, List<BlobInfo> blobs) throws CorruptBlobException {
        long size = stored.size();
        if (stored.count() != ChunkSize.count(size, superBlock.chunkSize())) {
            throw in.broken(stored.at(), "a file of " + size + " bytes with " + stored.count() + " chunks");
        }
        long at = stored.chunksAt();
        in.range(at, stored.count() * ChunkRecordLayout.SIZE, "the chunks of a file");
        List<Chunk> content = new ArrayList<>((int) stored.count());
        for (long i = 0; i < stored.count(); i++, at += ChunkRecordLayout.SIZE) {
            Chunk chunk = ChunkRecordLayout.decode(in, at, blobs);
            long offset = i * superBlock.chunkSize();
            int length = ChunkSize.length(size, i, superBlock.chunkSize());
            if (ChunkRecordLayout.fileOffset(in, at) != offset || chunk.uncompressedSize() != length) {
                throw in.broken(
                        at,
                        "a chunk of " + chunk.uncompressedSize() + " bytes for byte "
                                + ChunkRecordLayout.fileOffset(in, at) + " of its file where one of " + length + " for "
                                + offset + " is expected");
            }
            chunks.putIfAbsent(ChunkPlace.of(chunk), chunk);
            content.add(chunk);
        }
        return List.copyOf(content);
    }
}
