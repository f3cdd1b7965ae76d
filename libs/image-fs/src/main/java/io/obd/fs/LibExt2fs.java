package io.obd.fs;

import java.nio.ByteBuffer;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.annotations.Delegate;
import jnr.ffi.annotations.Encoding;
import jnr.ffi.byref.IntByReference;
import jnr.ffi.byref.NativeLongByReference;
import jnr.ffi.byref.PointerByReference;
import org.jspecify.annotations.Nullable;

/**
 * The library of e2fsprogs. It is bound when the first file system is made or opened, once per process.
 *
 * <p>The offsets in {@link FilsysLayout} and {@link IoManagerLayout} are those of the 1.47 series; they are no part
 * of the library's promises, so another series is refused by name.
 */
final class LibExt2fs {
    private static final String SONAME = "libext2fs.so.2";
    private static final String SERIES = "1.47.";

    private static final class Bound {
        static final Functions FUNCTIONS = load();
        static final Runtime RUNTIME = Runtime.getRuntime(FUNCTIONS);
    }

    private LibExt2fs() {}

    /**
     * The functions of the library.
     *
     * @throws Ext4Exception if it is not installed or is not of the 1.47 series
     */
    static Functions bind() throws Ext4Exception {
        Functions functions;
        try {
            functions = Bound.FUNCTIONS;
        } catch (LinkageError e) {
            throw new Ext4Exception(
                    SONAME + " cannot be loaded (" + e.getMessage() + "): e2fsprogs 1.47 must be installed", e);
        }
        PointerByReference version = new PointerByReference();
        functions.ext2fs_get_library_version(version, new PointerByReference());
        String name = version.getValue().getString(0);
        if (!name.startsWith(SERIES)) {
            throw new Ext4Exception(SONAME + " is version " + name + ", and only " + SERIES + "x is known here");
        }
        return functions;
    }

    static Runtime runtime() {
        return Bound.RUNTIME;
    }

    private static Functions load() {
        Functions functions = LibraryLoader.create(Functions.class).load(SONAME);
        functions.initialize_ext2_error_table();
        return functions;
    }

    /**
     * The functions used, under their C names. Those that return long give 0 or an error number of the library or of
     * the C library. Public because the class jnr-ffi generates lives in another class loader. Buffers are direct
     * and are passed from their position on: many calls come back through the {@link IoManager} before they return.
     */
    @Encoding("UTF-8")
    public interface Functions {
        int ext2fs_get_library_version(PointerByReference version, PointerByReference date);

        void initialize_ext2_error_table();

        String error_message(long code);

        long ext2fs_initialize(String name, int flags, ByteBuffer superblock, Pointer manager, PointerByReference fs);

        long ext2fs_open(String name, int flags, int superblock, int blockSize, Pointer manager, PointerByReference fs);

        long ext2fs_read_bitmaps(Pointer fs);

        void ext2fs_init_csum_seed(Pointer fs);

        long ext2fs_allocate_tables(Pointer fs);

        long ext2fs_create_resize_inode(Pointer fs);

        long ext2fs_mkdir(Pointer fs, int parent, int inode, @Nullable String name);

        long ext2fs_expand_dir(Pointer fs, int directory);

        long ext2fs_lookup(
                Pointer fs, int directory, String name, int length, @Nullable ByteBuffer buffer, IntByReference inode);

        long ext2fs_close2(Pointer fs, int flags);

        void ext2fs_free(Pointer fs);

        long ext2fs_new_inode(Pointer fs, int directory, int mode, @Nullable Pointer map, IntByReference inode);

        void ext2fs_inode_alloc_stats2(Pointer fs, int inode, int inUse, int isDirectory);

        long ext2fs_read_inode_full(Pointer fs, int inode, ByteBuffer buffer, int length);

        long ext2fs_write_inode_full(Pointer fs, int inode, ByteBuffer buffer, int length);

        long ext2fs_new_range(
                Pointer fs,
                int flags,
                long goal,
                long length,
                @Nullable Pointer map,
                NativeLongByReference start,
                NativeLongByReference found);

        void ext2fs_block_alloc_stats_range(Pointer fs, long start, int count, int inUse);

        long ext2fs_extent_open2(Pointer fs, int inode, ByteBuffer buffer, PointerByReference handle);

        long ext2fs_extent_insert(Pointer handle, int flags, ByteBuffer extent);

        void ext2fs_extent_free(Pointer handle);

        long ext2fs_punch(Pointer fs, int inode, ByteBuffer buffer, @Nullable ByteBuffer scratch, long start, long end);

        long ext2fs_bmap2(
                Pointer fs,
                int inode,
                ByteBuffer buffer,
                @Nullable ByteBuffer scratch,
                int flags,
                long block,
                IntByReference blockFlags,
                NativeLongByReference physical);

        long ext2fs_write_dir_block4(Pointer fs, long block, ByteBuffer buffer, int flags, int inode);

        long ext2fs_dirhash(
                int version, byte[] name, int length, Pointer seed, IntByReference hash, IntByReference minorHash);

        long ext2fs_free_ext_attr(Pointer fs, int inode, ByteBuffer buffer);

        long ext2fs_xattrs_open(Pointer fs, int inode, PointerByReference handle);

        long ext2fs_xattrs_read(Pointer handle);

        long ext2fs_xattr_set(Pointer handle, byte[] name, byte[] value, long length);

        long ext2fs_xattrs_iterate(Pointer handle, XattrCallback callback, @Nullable Pointer data);

        long ext2fs_xattr_get(Pointer handle, byte[] name, PointerByReference value, NativeLongByReference length);

        long ext2fs_free_mem(PointerByReference memory);

        long ext2fs_inode_table_loc(Pointer fs, int group);

        long ext2fs_xattrs_close(PointerByReference handle);
    }

    /** What is called for every attribute of an inode; its value is as on disk. */
    public interface XattrCallback {
        @Delegate
        int call(Pointer name, Pointer value, long length, Pointer data);
    }

    /** {@code open} of an io_manager. */
    public interface OpenCallback {
        @Delegate
        long call(Pointer name, int flags, Pointer channel);
    }

    /** {@code close} and {@code flush} of an io_manager. */
    public interface ChannelCallback {
        @Delegate
        long call(Pointer channel);
    }

    /** {@code set_blksize} of an io_manager. */
    public interface BlockSizeCallback {
        @Delegate
        long call(Pointer channel, int blockSize);
    }

    /** {@code read_blk64} and {@code write_blk64} of an io_manager; a negative count is in bytes. */
    public interface TransferCallback {
        @Delegate
        long call(Pointer channel, long block, int count, Pointer data);
    }

    /** {@code zeroout} of an io_manager. */
    public interface ZeroCallback {
        @Delegate
        long call(Pointer channel, long block, long count);
    }
}
