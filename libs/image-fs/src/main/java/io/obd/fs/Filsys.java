package io.obd.fs;

import io.obd.block.BlockStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import jnr.ffi.Pointer;
import jnr.ffi.byref.IntByReference;
import jnr.ffi.byref.NativeLongByReference;
import jnr.ffi.byref.PointerByReference;

/**
 * An open file system of libext2fs: its calls with typed arguments and exceptions. What it changes is in the
 * {@link BlockCache} afterwards.
 */
final class Filsys {
    static final int ROOT = 2;

    private static final int FIRST_RESERVED_AFTER_ROOT = 3;
    private static final int LAST_RESERVED = 10;
    private static final int BAD_BLOCKS = 1;
    private static final int LOST_AND_FOUND_BLOCKS = 3;

    private static final int OPEN_WRITABLE = 0x1;
    private static final int OPEN_64_BITS = 0x20000;
    private static final int CLOSE_WITHOUT_SYNC = 1;
    private static final int INSERT_AFTER = 1;
    private static final int NO_FLAGS = 0;
    private static final long TO_THE_END = -1;

    /** Not zero, which the library takes for "ask the clock". */
    private static final long NOW = 1;

    private final LibExt2fs.Functions library;
    private final IoManager io;
    private final BlockCache cache;
    private final BlockStore store;
    private final Pointer fs;
    private final Pointer superblock;
    private final int blockSize;
    private final int inodeSize;
    private final Features features;
    private final ByteBuffer extent =
            ByteBuffer.allocateDirect(ExtentLayout.LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    private final ByteBuffer directoryBlock;

    /** The inode of the call at hand, where the library reads and changes it. */
    private final ByteBuffer lentInode;

    private long goal;

    private Filsys(LibExt2fs.Functions library, IoManager io, BlockCache cache, BlockStore store, Pointer fs)
            throws Ext4Exception {
        this.library = library;
        this.io = io;
        this.cache = cache;
        this.store = store;
        this.fs = fs;
        superblock = fs.getPointer(FilsysLayout.SUPERBLOCK);
        if (fs.getLong(FilsysLayout.MAGIC) != FilsysLayout.MAGIC_VALUE
                || superblock.getShort(SuperblockLayout.MAGIC) != SuperblockLayout.MAGIC_VALUE) {
            throw new Ext4Exception("this libext2fs lays out its structures in another way than 1.47 does");
        }
        blockSize = fs.getInt(FilsysLayout.BLOCK_SIZE);
        inodeSize = Short.toUnsignedInt(superblock.getShort(SuperblockLayout.INODE_SIZE));
        features = new Features(
                superblock.getInt(SuperblockLayout.FEATURES_COMPATIBLE),
                superblock.getInt(SuperblockLayout.FEATURES_INCOMPATIBLE),
                superblock.getInt(SuperblockLayout.FEATURES_READ_ONLY));
        directoryBlock = ByteBuffer.allocateDirect(blockSize);
        lentInode = ByteBuffer.allocateDirect(inodeSize);
        fs.putLong(FilsysLayout.NOW, NOW);
    }

    /** Makes a file system with a root directory and lost+found on a store that reads as zeros. */
    static Filsys format(BlockStore store, Ext4Options options) throws IOException {
        LibExt2fs.Functions library = LibExt2fs.bind();
        BlockCache cache = new BlockCache(store);
        IoManager io = new IoManager(cache, LibExt2fs.runtime());
        PointerByReference opened = new PointerByReference();
        ByteBuffer parameters = SuperblockParameters.of(store.size(), options);
        check(
                library,
                io,
                "make a file system",
                store.size(),
                library.ext2fs_initialize("store", OPEN_64_BITS, parameters, io.address(), opened));
        Filsys filsys = new Filsys(library, io, cache, store, opened.getValue());
        try {
            filsys.populate(options);
            return filsys;
        } catch (IOException | RuntimeException e) {
            filsys.abandon();
            throw e;
        }
    }

    /** Opens the file system of a store to change it. */
    static Filsys open(BlockStore store) throws IOException {
        Filsys filsys = open(store, OPEN_WRITABLE | OPEN_64_BITS);
        try {
            filsys.features.requireWritable();
            filsys.requireSupported();
            filsys.check("read the bitmaps", filsys.library.ext2fs_read_bitmaps(filsys.fs));
            return filsys;
        } catch (IOException | RuntimeException e) {
            filsys.abandon();
            throw e;
        }
    }

    /** Opens the file system of a store for reading. Bitmaps are not read; {@link #abandon()} closes it. */
    static Filsys openReadOnly(BlockStore store) throws IOException {
        Filsys filsys = open(store, OPEN_64_BITS);
        try {
            filsys.features.requireReadable();
            if (filsys.blockCount() > store.size() / filsys.blockSize) {
                throw new Ext4Exception("the file system has " + filsys.blockCount() + " blocks of " + filsys.blockSize
                        + " bytes, the device only " + store.size() + " bytes");
            }
            return filsys;
        } catch (IOException | RuntimeException e) {
            filsys.abandon();
            throw e;
        }
    }

    private static Filsys open(BlockStore store, int flags) throws IOException {
        LibExt2fs.Functions library = LibExt2fs.bind();
        BlockCache cache = new BlockCache(store);
        IoManager io = new IoManager(cache, LibExt2fs.runtime());
        PointerByReference opened = new PointerByReference();
        check(
                library,
                io,
                "open the file system",
                store.size(),
                library.ext2fs_open("store", flags, 0, 0, io.address(), opened));
        return new Filsys(library, io, cache, store, opened.getValue());
    }

    private void requireSupported() throws Ext4Exception {
        int state = superblock.getShort(SuperblockLayout.STATE);
        if ((state & SuperblockLayout.STATE_CLEAN) == 0 || (state & SuperblockLayout.STATE_ERRORS) != 0) {
            throw new Ext4Exception("the file system was not unmounted cleanly or has errors: run e2fsck on it");
        }
        if (blockSize % BlockCache.PAGE != 0) {
            throw new Ext4Exception("the file system has blocks of " + blockSize + " bytes: only 4096 are known here");
        }
        if (inodeSize < InodeLayout.MIN_LENGTH) {
            throw new Ext4Exception("the file system has inodes of " + inodeSize + " bytes: they hold no full times");
        }
    }

    private void populate(Ext4Options options) throws IOException {
        SuperblockParameters.identify(superblock, options);
        library.ext2fs_init_csum_seed(fs);
        check("allocate the group tables", library.ext2fs_allocate_tables(fs));
        check("make the root directory", library.ext2fs_mkdir(fs, ROOT, ROOT, null));
        countInode(BAD_BLOCKS, 1, FileType.REGULAR);
        for (int inode = FIRST_RESERVED_AFTER_ROOT; inode <= LAST_RESERVED; inode++) {
            countInode(inode, 1, FileType.REGULAR);
        }
        check("make the resize inode", library.ext2fs_create_resize_inode(fs));
        check("make lost+found", library.ext2fs_mkdir(fs, ROOT, 0, "lost+found"));
        IntByReference lostAndFound = new IntByReference();
        check("find lost+found", library.ext2fs_lookup(fs, ROOT, "lost+found", 10, null, lostAndFound));
        for (int blocks = 1; blocks < LOST_AND_FOUND_BLOCKS; blocks++) {
            check("extend lost+found", library.ext2fs_expand_dir(fs, lostAndFound.getValue()));
        }
        Inode root = readInode(ROOT);
        root.attributes(Attributes.ofImpliedDirectory());
        writeInode(ROOT, root);
        Inode lost = readInode(lostAndFound.getValue());
        lost.attributes(Attributes.ofLostAndFound());
        writeInode(lostAndFound.getValue(), lost);
    }

    int blockSize() {
        return blockSize;
    }

    /** Blocks that the file system covers. */
    long blockCount() {
        return Integer.toUnsignedLong(superblock.getInt(SuperblockLayout.BLOCKS_COUNT))
                | (long) superblock.getInt(SuperblockLayout.BLOCKS_COUNT_HIGH) << 32;
    }

    /** The first block that is not kept free for a boot loader. */
    int firstBlock() {
        return superblock.getInt(SuperblockLayout.FIRST_DATA_BLOCK);
    }

    /** Byte position of an inode on the disk. */
    long offsetOf(int inode) {
        int perGroup = superblock.getInt(SuperblockLayout.INODES_PER_GROUP);
        int group = Integer.divideUnsigned(inode - 1, perGroup);
        long table = library.ext2fs_inode_table_loc(fs, group);
        return table * blockSize + (long) Integer.remainderUnsigned(inode - 1, perGroup) * inodeSize;
    }

    Features features() {
        return features;
    }

    BlockCache cache() {
        return cache;
    }

    BlockStore store() {
        return store;
    }

    Inode newInode() {
        return new Inode(inodeSize);
    }

    Inode readInode(int number) throws IOException {
        Inode inode = newInode();
        check("read inode", number, library.ext2fs_read_inode_full(fs, number, lentInode, inodeSize));
        takeBack(inode);
        return inode;
    }

    void writeInode(int number, Inode inode) throws IOException {
        check("write inode", number, library.ext2fs_write_inode_full(fs, number, lend(inode), inodeSize));
    }

    private ByteBuffer lend(Inode inode) {
        return lentInode.put(0, inode.bytes(), 0, inodeSize);
    }

    private void takeBack(Inode inode) {
        inode.bytes().put(0, lentInode, 0, inodeSize);
    }

    /** Takes a free inode near that of a directory. */
    int allocateInode(int directory, FileType type) throws IOException {
        IntByReference inode = new IntByReference();
        check("allocate an inode", library.ext2fs_new_inode(fs, directory, type.mode, null, inode));
        countInode(inode.getValue(), 1, type);
        return inode.getValue();
    }

    /** Gives an inode back; its blocks must have been freed. */
    void freeInode(int number, FileType type) throws IOException {
        writeInode(number, newInode());
        countInode(number, -1, type);
    }

    private void countInode(int number, int inUse, FileType type) {
        library.ext2fs_inode_alloc_stats2(fs, number, inUse, type == FileType.DIRECTORY ? 1 : 0);
    }

    /**
     * Takes the next free run of blocks behind the one taken last.
     *
     * @return a run of {@code wanted} blocks or fewer, as the first extent of a file
     */
    Extent allocateBlocks(long logical, long wanted) throws IOException {
        NativeLongByReference start = new NativeLongByReference();
        NativeLongByReference found = new NativeLongByReference();
        long atMost = Math.min(wanted, Extent.MAX_COUNT);
        check("allocate blocks", library.ext2fs_new_range(fs, NO_FLAGS, goal, atMost, null, start, found));
        int count = Math.toIntExact(found.longValue());
        library.ext2fs_block_alloc_stats_range(fs, start.longValue(), count, 1);
        goal = start.longValue() + count;
        return new Extent(logical, start.longValue(), count);
    }

    /** Makes {@code extents} the blocks of an inode that has none, and writes the inode. */
    void setExtents(int number, Inode inode, List<Extent> extents) throws IOException {
        PointerByReference handle = new PointerByReference();
        check("open the extents of inode", number, library.ext2fs_extent_open2(fs, number, lend(inode), handle));
        long blocks = 0;
        try {
            for (Extent e : extents) {
                extent.putLong(ExtentLayout.PHYSICAL, e.physical())
                        .putLong(ExtentLayout.LOGICAL, e.logical())
                        .putInt(ExtentLayout.COUNT, e.count());
                check(
                        "add an extent to inode",
                        number,
                        library.ext2fs_extent_insert(handle.getValue(), INSERT_AFTER, extent));
                blocks += e.count();
            }
        } finally {
            library.ext2fs_extent_free(handle.getValue());
        }
        takeBack(inode);
        inode.addBlocks(blocks, blockSize);
        writeInode(number, inode);
    }

    /** Frees the blocks of an inode and those of its extent tree. */
    void freeBlocks(int number, Inode inode) throws IOException {
        check("free the blocks of inode", number, library.ext2fs_punch(fs, number, lend(inode), null, 0, TO_THE_END));
        takeBack(inode);
    }

    /** Disk block of a block of a file. */
    long blockOf(int number, Inode inode, long logical) throws IOException {
        NativeLongByReference physical = new NativeLongByReference();
        check(
                "map a block of inode",
                number,
                library.ext2fs_bmap2(fs, number, lend(inode), null, NO_FLAGS, logical, new IntByReference(), physical));
        if (physical.longValue() == 0) {
            throw new Ext4Exception("inode " + number + ": block " + logical + " is missing");
        }
        return physical.longValue();
    }

    void readBlock(long block, byte[] dst) throws IOException {
        cache.read(block * blockSize, dst);
    }

    /** Writes a block of a directory, with its checksum if the file system has them. */
    void writeDirectoryBlock(int number, long block, ByteBuffer bytes) throws IOException {
        directoryBlock.put(0, bytes, 0, blockSize);
        check(
                "write a block of directory",
                number,
                library.ext2fs_write_dir_block4(fs, block, directoryBlock, NO_FLAGS, number));
    }

    /** The hash that orders names in an indexed directory. */
    int hash(byte[] name) throws IOException {
        IntByReference hash = new IntByReference();
        IntByReference minor = new IntByReference();
        check(
                "hash a name",
                library.ext2fs_dirhash(
                        hashVersion(), name, name.length, superblock.slice(SuperblockLayout.HASH_SEED), hash, minor));
        return hash.getValue();
    }

    /** As the root of an index names it: without the signedness of the machine, which is in the superblock. */
    byte indexHashVersion() {
        return superblock.getByte(SuperblockLayout.HASH_VERSION);
    }

    private int hashVersion() {
        int unsigned = superblock.getInt(SuperblockLayout.FLAGS) & SuperblockLayout.FLAG_UNSIGNED_HASH;
        return indexHashVersion() + (unsigned == 0 ? 0 : SuperblockLayout.UNSIGNED_HASH_VERSIONS);
    }

    /** The extended attributes of an inode, which must have been written; setting one writes it again. */
    Xattrs attributesOf(int number) throws IOException {
        PointerByReference handle = new PointerByReference();
        check("open the attributes of inode", number, library.ext2fs_xattrs_open(fs, number, handle));
        return new Xattrs(library, this, handle);
    }

    void freeAttributes(int number, Inode inode) throws IOException {
        if (inode.hasAttributeBlock()) {
            check("free the attributes of inode", number, library.ext2fs_free_ext_attr(fs, number, lend(inode)));
            takeBack(inode);
        }
        inode.clearInlineAttributes();
    }

    /** Writes the bitmaps, the group descriptors and the superblock, and everything cached. Frees the handle. */
    void close() throws IOException {
        long code = library.ext2fs_close2(fs, CLOSE_WITHOUT_SYNC);
        if (code != 0) {
            abandon();
        }
        check("write the file system", code);
        cache.flush();
    }

    /** Frees the handle and writes nothing. */
    void abandon() {
        library.ext2fs_free(fs);
    }

    private void check(String operation, int inode, long code) throws IOException {
        if (code != 0 || io.hasFailed()) {
            check(operation + " " + inode, code);
        }
    }

    void check(String operation, long code) throws IOException {
        check(library, io, operation, store.size(), code);
    }

    private static void check(LibExt2fs.Functions library, IoManager io, String operation, long size, long code)
            throws IOException {
        Throwable failure = io.takeFailure();
        if (failure != null) {
            throw new Ext4Exception(operation + ": " + failure.getMessage(), failure);
        }
        if (code == 0) {
            return;
        }
        if (code == ErrorCodes.BLOCK_ALLOC_FAIL) {
            throw new FileSystemFullException("block", size);
        }
        if (code == ErrorCodes.INODE_ALLOC_FAIL) {
            throw new FileSystemFullException("inode", size);
        }
        throw new Ext4Exception(operation + ": " + library.error_message(code) + " (" + code + ")");
    }
}
