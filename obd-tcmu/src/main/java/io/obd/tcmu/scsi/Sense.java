package io.obd.tcmu.scsi;

/**
 * Why a command failed: sense key, additional sense code and its qualifier, in fixed format.
 *
 * <pre>
 * 0 u8 response code (70h)   2 u8 key   7 u8 additional length   12 u8 code   13 u8 qualifier
 * </pre>
 */
public enum Sense {
    MEDIUM_READ_ERROR(0x03, 0x11, 0x00),
    MEDIUM_WRITE_ERROR(0x03, 0x0c, 0x00),
    PARAMETER_LIST_LENGTH(0x05, 0x1a, 0x00),
    INVALID_OPCODE(0x05, 0x20, 0x00),
    OUT_OF_RANGE(0x05, 0x21, 0x00),
    INVALID_FIELD(0x05, 0x24, 0x00),
    INVALID_PARAMETER(0x05, 0x26, 0x00),
    SAVING_NOT_SUPPORTED(0x05, 0x39, 0x00),
    WRITE_PROTECTED(0x07, 0x27, 0x00);

    private static final byte RESPONSE_CODE = 0x70;
    private static final int KEY = 2;
    private static final int ADDITIONAL_LENGTH = 7;
    private static final int CODE = 12;
    private static final int QUALIFIER = 13;
    private static final int LENGTH = 18;

    private final int key;
    private final int code;
    private final int qualifier;

    Sense(int key, int code, int qualifier) {
        this.key = key;
        this.code = code;
        this.qualifier = qualifier;
    }

    byte[] bytes() {
        byte[] bytes = new byte[LENGTH];
        bytes[0] = RESPONSE_CODE;
        bytes[KEY] = (byte) key;
        bytes[ADDITIONAL_LENGTH] = LENGTH - ADDITIONAL_LENGTH - 1;
        bytes[CODE] = (byte) code;
        bytes[QUALIFIER] = (byte) qualifier;
        return bytes;
    }
}
