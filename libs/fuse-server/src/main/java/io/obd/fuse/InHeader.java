package io.obd.fuse;

/**
 * struct fuse_in_header, which begins each request. All numbers of the protocol are in the byte order of the machine.
 *
 * <pre>
 *  0 u32 length of the request with this header   4 u32 opcode
 *  8 u64 unique number of the request            16 u64 node the request is about
 * 24 u32 uid    28 u32 gid    32 u32 pid         36 u16 length of extensions   38 u16 unused
 * </pre>
 */
final class InHeader {
    static final int LENGTH_OF_REQUEST = 0;
    static final int OPCODE = 4;
    static final int UNIQUE = 8;
    static final int NODE = 16;
    static final int LENGTH = 40;

    private InHeader() {}
}
