package io.obd.linux;

/**
 * A generic netlink message. Numbers are in the byte order of the machine; attributes begin at multiples of four.
 *
 * <pre>
 *  0 u32 length (of the whole message)   4 u16 type (the family)   6 u16 flags   8 u32 sequence   12 u32 port
 * 16 u8 command   17 u8 version   18 u16 spare
 * 20 attributes: u16 length (without padding)   u16 type   payload
 *
 * type ERROR: 16 s32 negative error number, 0 for an acknowledgement, then the header of the request
 *
 * address: u16 family (AF_NETLINK)   u16 spare   u32 port (0: the kernel)   u32 groups
 * </pre>
 */
final class NetlinkLayout {
    static final int LENGTH = 0;
    static final int TYPE = 4;
    static final int FLAGS = 6;
    static final int SEQUENCE = 8;
    static final int HEADER = 16;

    static final int COMMAND = 16;
    static final int VERSION = 17;
    static final int ATTRIBUTES = 20;

    static final int ATTRIBUTE_HEADER = 4;
    static final int ALIGNMENT = 4;

    static final int ERROR_NUMBER = 16;

    static final int TYPE_ERROR = 2;
    static final short FLAG_REQUEST = 1;
    static final short FLAG_ACKNOWLEDGE = 4;
    /** The two upper bits of an attribute's type are flags. */
    static final int ATTRIBUTE_TYPE_MASK = 0x3fff;

    static final int ADDRESS_PORT = 4;
    static final int ADDRESS_LENGTH = 12;

    private NetlinkLayout() {}

    static int align(int length) {
        return (length + ALIGNMENT - 1) & -ALIGNMENT;
    }
}
