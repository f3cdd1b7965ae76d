package io.obd.fs;

/**
 * {@code struct struct_io_manager} and {@code struct struct_io_channel} of libext2fs 1.47 on 64-bit machines: what
 * the library calls to reach the disk, and its view of one open disk.
 *
 * <pre>
 * io_manager, 240 bytes                 io_channel, 192 bytes
 *   0 magic       64 write_byte           0 magic
 *   8 name        72 set_option           8 manager
 *  16 open        80 get_stats           16 name
 *  24 close       88 read_blk64          24 block_size
 *  32 set_blksize 96 write_blk64         48 refcount
 *  40 read_blk   104 discard            168 private_data
 *  48 write_blk  112 cache_readahead    176 app_data
 *  56 flush      120 zeroout
 * </pre>
 */
final class IoManagerLayout {
    static final long MANAGER_MAGIC = 0x7F2BB707L;
    static final int MANAGER_LENGTH = 240;
    static final int MANAGER_NAME = 8;
    static final int OPEN = 16;
    static final int CLOSE = 24;
    static final int SET_BLOCK_SIZE = 32;
    static final int READ_BLOCK = 40;
    static final int WRITE_BLOCK = 48;
    static final int FLUSH = 56;
    static final int READ_BLOCK_64 = 88;
    static final int WRITE_BLOCK_64 = 96;
    static final int ZERO_OUT = 120;

    static final long CHANNEL_MAGIC = 0x7F2BB705L;
    static final int CHANNEL_LENGTH = 192;
    static final int MANAGER = 8;
    static final int CHANNEL_NAME = 16;
    static final int BLOCK_SIZE = 24;
    static final int REFERENCES = 48;

    private IoManagerLayout() {}
}
