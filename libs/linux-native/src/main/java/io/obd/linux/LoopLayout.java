package io.obd.linux;

/**
 * The structs and requests of the loop driver; the same on every architecture, numbers in the byte order of the
 * machine.
 *
 * <pre>
 * struct loop_config                     struct loop_info64 (at 8)
 *   0 u32 fd of the backing file           0 u64 device of the backing file   8 u64 its inode
 *   4 u32 block_size                      16 u64 rdevice   24 u64 offset     32 u64 sizelimit
 *   8 struct loop_info64                  40 u32 number    44 u32 encryption 48 u32 key size   52 u32 flags
 * 240 8 u64, reserved                     56 file name[64] 120 crypt name[64] 184 key[32]      216 u64 init[2]
 * 304                                    232
 * </pre>
 */
final class LoopLayout {
    static final int CONFIG_FD = 0;
    static final int CONFIG_BLOCK_SIZE = 4;
    static final int CONFIG_INFO = 8;
    static final int CONFIG_LENGTH = 304;

    static final int INFO_FLAGS = 52;
    static final int INFO_FILE_NAME = 56;
    static final int INFO_FILE_NAME_LENGTH = 64;
    static final int INFO_LENGTH = 232;

    static final int FLAG_READ_ONLY = 1;
    static final int FLAG_AUTOCLEAR = 4;
    static final int FLAG_DIRECT_IO = 16;

    static final long CLR_FD = 0x4C01;
    static final long SET_STATUS64 = 0x4C04;
    static final long GET_STATUS64 = 0x4C05;
    static final long CONFIGURE = 0x4C0A;
    static final long CTL_GET_FREE = 0x4C82;

    private LoopLayout() {}
}
