package io.obd.fs;

import static io.obd.fs.ErofsSuperblockLayout.*;

import io.obd.block.BlockStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;

/**
 * The blocks of an EROFS file system: its superblock, metadata on its way to the store, and which block comes next. No block
 * is used again: what a layer replaces stays where it was, in the layer below.
 */
final class ErofsVolume {
    static final int BLOCK = 4096;
    private static final int BLOCK_BITS_VALUE = 12;

    /** Inodes get so many blocks at a time, so that they are together and not scattered between the data of files. */
    private static final int INODE_BLOCKS = 64;

    private static final long MAX_NUMBER = 0xFFFFFFFFL;

    /** Longest directory that is read, some million names: they are kept in memory. */
    private static final long MAX_DIRECTORY = 128 << 20;

    private final BlockStore store;
    private final BlockCache cache;
    private final ByteBuffer superblock;
    private long nextBlock;
    private long nextInode;
    private long endOfInodes;

    private ErofsVolume(BlockStore store, ByteBuffer superblock) {
        this.store = store;
        this.cache = new BlockCache(store);
        this.superblock = superblock;
        this.nextBlock = Integer.toUnsignedLong(superblock.getInt(BLOCKS));
    }

    /** A file system of one block, which ends with the room for the root. */
    static ErofsVolume format(BlockStore store) throws FileSystemFullException {
        if (store.size() < BLOCK) {
            throw new FileSystemFullException("block", store.size());
        }
        ByteBuffer superblock = ByteBuffer.allocate(LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        superblock
                .putInt(MAGIC, MAGIC_VALUE)
                .put(BLOCK_BITS, (byte) BLOCK_BITS_VALUE)
                .putShort(ROOT, (short) ((OFFSET + LENGTH) / ErofsInodeLayout.SLOT))
                .putInt(BLOCKS, 1);
        return new ErofsVolume(store, superblock);
    }

    static ErofsVolume open(BlockStore store) throws IOException {
        if (!isOn(store)) {
            throw new ErofsException("no EROFS file system: its magic number is missing");
        }
        ByteBuffer superblock = superblockOf(store);
        int bits = superblock.get(BLOCK_BITS);
        if (bits != BLOCK_BITS_VALUE) {
            throw new ErofsException("the file system has blocks of 2^" + bits + " bytes: only 4096 are known here");
        }
        int unknown = superblock.getInt(FEATURES_INCOMPATIBLE) & ~HAS_CHUNKS;
        if (unknown != 0 || superblock.getShort(EXTRA_DEVICES) != 0) {
            throw new ErofsException(String.format(
                    "features of the file system: incompat bits 0x%x are unknown here, %d other devices",
                    unknown, superblock.getShort(EXTRA_DEVICES)));
        }
        ErofsVolume volume = new ErofsVolume(store, superblock);
        if (volume.nextBlock == 0 || volume.nextBlock > store.size() / BLOCK) {
            throw new ErofsException(
                    "the file system has " + volume.nextBlock + " blocks, the device " + store.size() / BLOCK);
        }
        return volume;
    }

    static boolean isOn(BlockStore store) throws IOException {
        return store.size() >= BLOCK && superblockOf(store).getInt(MAGIC) == MAGIC_VALUE;
    }

    private static ByteBuffer superblockOf(BlockStore store) throws IOException {
        ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);
        store.read(0, block);
        ByteBuffer superblock = ByteBuffer.allocate(LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        return superblock.put(0, block, OFFSET, LENGTH);
    }

    BlockStore store() {
        return store;
    }

    BlockCache cache() {
        return cache;
    }

    long root() throws ErofsException {
        return position(Short.toUnsignedLong(superblock.getShort(ROOT)));
    }

    /** When it was made: the time of files that have none of their own. */
    Instant built() throws ErofsException {
        return time(superblock.getLong(BUILD_TIME), superblock.getInt(BUILD_TIME_NANOS));
    }

    static Instant time(long seconds, int nanos) throws ErofsException {
        try {
            return Instant.ofEpochSecond(seconds, Integer.toUnsignedLong(nanos));
        } catch (DateTimeException | ArithmeticException e) {
            throw new ErofsException("a time of " + seconds + " s: " + e.getMessage());
        }
    }

    /** An attribute that several files have, up to where the next may begin. */
    byte[] sharedXattr(int number) throws IOException {
        long position = Integer.toUnsignedLong(superblock.getInt(XATTR_BLOCK)) * BLOCK
                + Integer.toUnsignedLong(number) * ErofsXattrLayout.UNIT;
        int length = ErofsXattrs.length(read(position, ErofsXattrLayout.ENTRY));
        return read(position, length);
    }

    /** Byte position of an inode. */
    long position(long nid) throws ErofsException {
        if (nid < 0 || nid > MAX_NUMBER) {
            throw new ErofsException("inode " + Long.toUnsignedString(nid) + " is past what can be changed here");
        }
        return Integer.toUnsignedLong(superblock.getInt(METADATA_BLOCK)) * BLOCK + nid * ErofsInodeLayout.SLOT;
    }

    /** Number of the inode at a byte position. */
    long nid(long position) throws FileSystemFullException {
        long nid =
                (position - Integer.toUnsignedLong(superblock.getInt(METADATA_BLOCK)) * BLOCK) / ErofsInodeLayout.SLOT;
        if (nid > MAX_NUMBER) {
            throw new FileSystemFullException("inode", store.size());
        }
        return nid;
    }

    /** @return the first of some blocks in a row */
    long allocateBlocks(long count) throws FileSystemFullException {
        long first = nextBlock;
        // The last number stands for no block.
        if (count > Math.min(store.size() / BLOCK, 0xFFFFFFFFL) - first) {
            throw new FileSystemFullException("block", store.size());
        }
        nextBlock += count;
        return first;
    }

    /**
     * Finds room for an inode and what follows it, within one block if it is not longer.
     *
     * @return byte position
     */
    long allocateInode(int length) throws FileSystemFullException {
        long at = Math.ceilDiv(nextInode, (long) ErofsInodeLayout.SLOT) * ErofsInodeLayout.SLOT;
        if (at % BLOCK + length > BLOCK) {
            at = Math.ceilDiv(at, (long) BLOCK) * BLOCK;
        }
        if (at + length > endOfInodes) {
            int blocks = Math.max(INODE_BLOCKS, Math.ceilDiv(length, BLOCK));
            at = allocateBlocks(blocks) * BLOCK;
            endOfInodes = at + (long) blocks * BLOCK;
        }
        nextInode = at + length;
        return at;
    }

    /** Counts an inode more; its number for those who compare files by 32 bits. */
    int addInode() {
        long count = superblock.getLong(INODES) + 1;
        superblock.putLong(INODES, count);
        return (int) count;
    }

    void removeInode() {
        superblock.putLong(INODES, Math.max(0, superblock.getLong(INODES) - 1));
    }

    /** From now on there are files made of chunks. */
    void useChunks() {
        superblock.putInt(FEATURES_INCOMPATIBLE, superblock.getInt(FEATURES_INCOMPATIBLE) | HAS_CHUNKS);
    }

    byte[] read(long position, int length) throws IOException {
        if (position < 0 || position > store.size() - length) {
            throw new ErofsException("byte " + position + " is behind the end of the device of " + store.size());
        }
        byte[] bytes = new byte[length];
        cache.read(position, bytes);
        return bytes;
    }

    void write(long position, byte[] bytes) throws IOException {
        cache.write(position, bytes, 0, bytes.length);
    }

    /** Reads an inode; its two forms differ in length. */
    ErofsInode inode(long position) throws IOException {
        int length = (int) Math.min(ErofsInodeLayout.EXTENDED, store.size() - position);
        if (length < ErofsInodeLayout.COMPACT) {
            throw new ErofsException("an inode at byte " + position + " of a device of " + store.size());
        }
        return ErofsInode.decode(read(position, length));
    }

    /** The names in the directory with its inode at a byte position, without its own two. */
    List<ErofsNames.Name> names(long position) throws IOException {
        ErofsInode inode = inode(position);
        if ((inode.mode() & FileType.MASK) != FileType.DIRECTORY.mode) {
            throw new ErofsException("the inode at byte " + position + " is named as a directory and is none");
        }
        return ErofsNames.decode(data(position, inode, MAX_DIRECTORY), "the directory at byte " + position).stream()
                .filter(name ->
                        !name.name().equals(EntryPath.SELF) && !name.name().equals(EntryPath.PARENT))
                .toList();
    }

    /** Data of an inode, which is not longer than {@code limit}. */
    byte[] data(long position, ErofsInode inode, long limit) throws IOException {
        if (inode.size() < 0 || inode.size() > limit) {
            throw new ErofsException("the inode at byte " + position + " has " + Long.toUnsignedString(inode.size())
                    + " bytes, more than " + limit);
        }
        if (inode.layout() != ErofsInodeLayout.PLAIN && inode.layout() != ErofsInodeLayout.INLINE) {
            throw new ErofsException("the inode at byte " + position + " has its data in form " + inode.layout()
                    + ", which is unknown here");
        }
        int size = (int) inode.size();
        int plain = (int) Math.min(size, inode.plainBlocks() * BLOCK);
        byte[] data = new byte[size];
        if (plain > 0) {
            System.arraycopy(read(Integer.toUnsignedLong(inode.union()) * BLOCK, plain), 0, data, 0, plain);
        }
        byte[] tail = read(position + inode.length() + inode.xattrLength(), size - plain);
        System.arraycopy(tail, 0, data, plain, tail.length);
        return data;
    }

    /** Writes the superblock, without a checksum, and all that is on its way. */
    void finish() throws IOException {
        superblock
                .putInt(BLOCKS, (int) nextBlock)
                .putInt(CHECKSUM, 0)
                .putInt(FEATURES_COMPATIBLE, superblock.getInt(FEATURES_COMPATIBLE) & ~HAS_CHECKSUM);
        byte[] bytes = new byte[LENGTH];
        superblock.get(0, bytes);
        write(OFFSET, bytes);
        cache.flush();
    }
}
