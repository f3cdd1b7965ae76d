package io.obd.rafs;

import io.obd.fs.tar.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Makes a bootstrap of version 6: super blocks, devices, blobs, files to prefetch, inodes, chunks. */
final class V6Writer {
    private static final long MAP_ALIGNMENT = 0x8_0000;
    private static final int TABLE_ALIGNMENT = 4096;
    private static final int MOST_BLOBS = 254;

    private final ImageFormat format;
    private final List<BlobInfo> blobs;
    private final boolean tarfs;
    private final int blockSize;

    V6Writer(ImageFormat format, List<BlobInfo> blobs) {
        this.format = format;
        this.blobs = blobs;
        this.tarfs = blobs.stream().anyMatch(blob -> blob.features().isTarfs());
        this.blockSize = V6SuperBlock.blockSize(flags(false));
    }

    /** A chunk of the table with the place it has in its first file. */
    private record TableChunk(Chunk chunk, long fileOffset) {}

    private record ChunkKey(ByteString digest, int blob, int index) implements Comparable<ChunkKey> {
        private static final Comparator<ChunkKey> ORDER = Comparator.comparing(ChunkKey::digest)
                .thenComparingInt(ChunkKey::blob)
                .thenComparingInt(ChunkKey::index);

        @Override
        public int compareTo(ChunkKey other) {
            return ORDER.compare(this, other);
        }
    }

    ByteBuffer write(Node root, List<Node> prefetch) throws ImageLimitException {
        if (blobs.size() > MOST_BLOBS) {
            throw new ImageLimitException(
                    blobs.size() + " blobs: " + MOST_BLOBS + " is the most that version 6 has room for");
        }
        V6Placement placement = new V6Placement(blockSize);
        V6Placed placedRoot = placement.place(root);
        Map<ChunkKey, TableChunk> chunks = chunks(placement);

        int devices = blobs.size();
        int blobTable = aligned(V6SuperBlock.DEVICE_TABLE + (long) devices * DeviceSlotLayout.SIZE);
        int prefetchTable = blobTable + devices * BlobEntryLayout.SIZE;
        int prefetchSize = prefetch.size() * Integer.BYTES;
        int meta = devices == 0 && prefetchSize == 0 ? 0 : aligned((long) prefetchTable + prefetchSize);
        int chunkTable = aligned(meta + placement.size());
        int chunkTableSize = chunks.size() * ChunkRecordLayout.SIZE;
        ByteBuffer out =
                ByteBuffer.allocate(aligned((long) chunkTable + chunkTableSize)).order(ByteOrder.LITTLE_ENDIAN);

        boolean xattrs = placement.all().stream().anyMatch(inode -> inode.xattrs.length > 0);
        new V6SuperBlock(
                        blockSize,
                        (int) nid(placedRoot),
                        placement.names(),
                        meta,
                        devices,
                        flags(xattrs),
                        format.chunkSize(),
                        new Table(0, devices == 0 ? 0 : blobTable, (long) devices * BlobEntryLayout.SIZE),
                        new Table(0, chunkTable, chunkTableSize),
                        new Table(0, prefetchSize == 0 ? 0 : prefetchTable, prefetchSize))
                .encode(out, blocks());
        writeBlobs(out, blobTable);
        for (int i = 0; i < prefetch.size(); i++) {
            out.putInt(prefetchTable + i * Integer.BYTES, (int) nid(placement.of(prefetch.get(i))));
        }
        for (V6Placed inode : placement.all()) {
            writeInode(out, inode, meta);
        }
        int at = chunkTable;
        for (TableChunk chunk : chunks.values()) {
            ChunkRecordLayout.encode(out, at, chunk.chunk(), chunk.fileOffset());
            at += ChunkRecordLayout.SIZE;
        }
        return out;
    }

    private ImageFlags flags(boolean xattrs) {
        boolean digests = blobs.stream().allMatch(blob -> blob.features().has(BlobFeatures.INLINED_CHUNK_DIGEST));
        return ImageFlags.of(
                format.compressor(),
                format.digester(),
                ImageFlags.NOT_ENCRYPTED
                        | (format.owners() ? ImageFlags.EXPLICIT_OWNERS : 0)
                        | (xattrs ? ImageFlags.XATTRS : 0)
                        | (digests ? ImageFlags.INLINED_CHUNK_DIGESTS : 0)
                        | (tarfs ? ImageFlags.TARFS : 0));
    }

    private int aligned(long at) throws ImageLimitException {
        long aligned = Math.ceilDiv(at, TABLE_ALIGNMENT) * TABLE_ALIGNMENT;
        if (aligned > Integer.MAX_VALUE) {
            throw new ImageLimitException("a bootstrap of " + aligned + " bytes: 2 GiB is the most that is written");
        }
        return (int) aligned;
    }

    /** In an image that refers to a tar chunks have no digest, and the original's table has but one of them. */
    private Map<ChunkKey, TableChunk> chunks(V6Placement placement) {
        Map<ChunkKey, TableChunk> chunks = new TreeMap<>();
        for (V6Placed inode : placement.all()) {
            long offset = 0;
            for (Chunk chunk : inode.node.chunks()) {
                ChunkKey key = new ChunkKey(chunk.digest(), chunk.blob(), tarfs ? 0 : chunk.index());
                chunks.putIfAbsent(key, new TableChunk(chunk, offset));
                offset += chunk.uncompressedSize();
            }
        }
        return chunks;
    }

    private int blocks() {
        long blocks = 0;
        for (BlobInfo blob : blobs) {
            blocks += blob.uncompressedSize() / blockSize;
        }
        return (int) blocks;
    }

    private void writeBlobs(ByteBuffer out, int blobTable) {
        long mapped = out.capacity();
        for (int i = 0; i < blobs.size(); i++) {
            BlobInfo blob = blobs.get(i);
            mapped = Math.ceilDiv(mapped, MAP_ALIGNMENT) * MAP_ALIGNMENT;
            int blocks = (int) (blob.uncompressedSize() / blockSize);
            DeviceSlotLayout.encode(out, V6SuperBlock.DEVICE_TABLE + i * DeviceSlotLayout.SIZE, blob.id(), blocks, (int)
                    (mapped / blockSize));
            mapped += (long) blocks * blockSize;
            BlobEntryLayout.encode(out, blobTable + i * BlobEntryLayout.SIZE, blob);
        }
    }

    private static long nid(V6Placed inode) {
        return inode.at / V6InodeLayout.SLOT;
    }

    private void writeInode(ByteBuffer out, V6Placed inode, int meta) {
        Node node = inode.node;
        Attributes attributes = node.attributes();
        Instant modified = attributes.modified();
        int at = (int) (meta + inode.at);
        int end = at + inode.inodeSize();
        new V6InodeLayout(
                        at,
                        inode.layout,
                        node.type().mode() | attributes.permissions(),
                        inode.size,
                        union(inode, meta),
                        attributes.uid(),
                        attributes.gid(),
                        modified.getEpochSecond(),
                        modified.getNano(),
                        inode.links,
                        inode.xattrs.length,
                        end)
                .encode(out, inode.ino);
        out.put(at + V6InodeLayout.EXTENDED_SIZE, inode.xattrs);
        switch (node.type()) {
            case REGULAR -> V6Chunks.encode(out, (int) V6Chunks.addressesAt(end), node.chunks(), blockSize);
            case SYMLINK -> writeBlocks(out, inode, meta, node.target().toBytes());
            case DIRECTORY -> writeBlocks(out, inode, meta, V6Directory.encode(entries(inode), blockSize));
            default -> {}
        }
    }

    private int union(V6Placed inode, int meta) {
        return switch (inode.node.type()) {
            case REGULAR -> V6Chunks.form(inode.node.chunks(), inode.size, format.chunkSize(), blockSize);
            case DIRECTORY, SYMLINK -> (int) ((meta + inode.blocks) / blockSize);
            default -> inode.node.device();
        };
    }

    private static List<V6Directory.Entry> entries(V6Placed directory) {
        List<V6Directory.Entry> entries = new ArrayList<>();
        for (Map.Entry<ByteString, V6Placed> name : directory.names().entrySet()) {
            V6Placed inode = name.getValue();
            entries.add(new V6Directory.Entry(
                    0, name.getKey(), nid(inode), inode.node.type().entryType()));
        }
        return entries;
    }

    private void writeBlocks(ByteBuffer out, V6Placed inode, int meta, byte[] content) {
        boolean inline = inode.layout == V6InodeLayout.INLINE;
        int whole = inline ? content.length - content.length % blockSize : content.length;
        out.put((int) (meta + inode.blocks), content, 0, whole);
        out.put((int) (meta + inode.at) + inode.inodeSize(), content, whole, content.length - whole);
    }
}
