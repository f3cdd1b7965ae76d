package io.obd.lsmt;

import io.obd.block.CorruptBlobException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.UUID;

/**
 * The block at the start (header) and at the end (trailer) of an LSMT file. Little-endian:
 *
 * <pre>
 *    0  magic0          8   "LSMT" 0 1 2 0
 *    8  magic1         16
 *   24  size            4   390
 *   28  flags           4
 *   32  index_offset    8   bytes
 *   40  index_size      8   entries
 *   48  virtual_size    8   bytes
 *   56  uuid           37   text, upper case, NUL
 *   93  parent_uuid    37
 *  130  reserved        2
 *  132  version         1   1
 *  133  sub_version     1   1
 *  134  user_tag      256   NUL padded
 *  390  zeros        3706
 * </pre>
 *
 * @param flags {@link #HEADER} and following; unknown bits are kept and have no meaning
 * @param indexOffset byte position of the index, 0 where the block does not state it
 * @param indexSize number of index entries
 * @param virtualSize size of the disk in bytes, 0 where it is that of the layers below
 * @param uuid identity of the layer; the nil UUID where it has none
 * @param parentUuid identity of the layer below; the nil UUID where it has none
 * @param userTag free text of at most 256 bytes of UTF-8
 */
record LayerHeader(
        int flags, long indexOffset, long indexSize, long virtualSize, UUID uuid, UUID parentUuid, String userTag) {
    /** Bytes of the block. */
    static final int SIZE = 4096;

    /** Set in a header, clear in a trailer. */
    static final int HEADER = 1;

    /** Set in a file with data, clear in an index file. */
    static final int DATA_FILE = 1 << 1;

    static final int SEALED = 1 << 2;

    /** The data file of a sparse writable layer. */
    static final int SPARSE = 1 << 4;

    static final UUID NIL = new UUID(0, 0);

    static final int INDEX_OFFSET_OFFSET = 32;
    static final int INDEX_SIZE_OFFSET = 40;
    static final int VIRTUAL_SIZE_OFFSET = 48;
    static final int FLAGS_OFFSET = 28;

    private static final int MAGIC_0_OFFSET = 0;
    private static final int MAGIC_1_OFFSET = 8;
    private static final int SIZE_OFFSET = 24;
    private static final int UUID_OFFSET = 56;
    private static final int PARENT_UUID_OFFSET = 93;
    private static final int VERSION_OFFSET = 132;
    private static final int SUB_VERSION_OFFSET = 133;
    private static final int USER_TAG_OFFSET = 134;
    private static final int USER_TAG_SIZE = 256;
    private static final int USED = USER_TAG_OFFSET + USER_TAG_SIZE;
    private static final int UUID_TEXT = 36;

    private static final long MAGIC_0 = 0x0002_0100_544D_534CL;
    private static final long MAGIC_1_LOW = 0x4C08_4494_D263_7E65L;
    private static final long MAGIC_1_HIGH = 0x8AAE_CF4F_ECC8_D2A2L;

    LayerHeader {
        if (userTag.getBytes(StandardCharsets.UTF_8).length > USER_TAG_SIZE) {
            throw new IllegalArgumentException("user tag longer than " + USER_TAG_SIZE + " bytes: " + userTag);
        }
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    LayerHeader withFlags(int newFlags) {
        return new LayerHeader(newFlags, indexOffset, indexSize, virtualSize, uuid, parentUuid, userTag);
    }

    LayerHeader withVirtualSize(long size) {
        return new LayerHeader(flags, indexOffset, indexSize, size, uuid, parentUuid, userTag);
    }

    LayerHeader withParentUuid(UUID parent) {
        return new LayerHeader(flags, indexOffset, indexSize, virtualSize, uuid, parent, userTag);
    }

    LayerHeader withIndex(long offset, long size) {
        return new LayerHeader(flags, offset, size, virtualSize, uuid, parentUuid, userTag);
    }

    /** Whether {@code block} starts with the magic. */
    static boolean isPresent(ByteBuffer block) {
        ByteBuffer in = block.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        return in.getLong(MAGIC_0_OFFSET) == MAGIC_0
                && in.getLong(MAGIC_1_OFFSET) == MAGIC_1_LOW
                && in.getLong(MAGIC_1_OFFSET + Long.BYTES) == MAGIC_1_HIGH;
    }

    /** Whether two blocks have the same text where UUIDs are. */
    static boolean sameUuids(ByteBuffer a, ByteBuffer b) {
        int length = VERSION_OFFSET - UUID_OFFSET;
        return a.slice(UUID_OFFSET, length).equals(b.slice(UUID_OFFSET, length));
    }

    /**
     * Decodes a block. Checks its magic and size. The version bytes have never changed and are not looked at (golden file
     * {@code corrupt/lsmt-header-version9.lsmt}), nor are unknown flags ({@code corrupt/lsmt-header-unknown-flags.lsmt}).
     * The same goes for all bytes without a meaning: writers of 2021 left in them what was in their memory ({@code
     * corrupt/zfile-legacy-garbage-header.zfile}), and older ones used the two reserved ones.
     *
     * @param block {@value #SIZE} bytes
     * @param what header or trailer, for the error text
     * @param blob name of the file, for the error text
     * @param position of the block in the file
     */
    static LayerHeader decode(ByteBuffer block, String what, String blob, long position) throws CorruptBlobException {
        if (!isPresent(block)) {
            throw new CorruptBlobException(blob, position, "LSMT " + what + ": magic not found");
        }
        ByteBuffer in = block.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        int size = in.getInt(SIZE_OFFSET);
        if (size != USED) {
            throw new CorruptBlobException(
                    blob, position + SIZE_OFFSET, "LSMT " + what + ": size is " + size + ", not " + USED);
        }
        return new LayerHeader(
                in.getInt(FLAGS_OFFSET),
                in.getLong(INDEX_OFFSET_OFFSET),
                in.getLong(INDEX_SIZE_OFFSET),
                in.getLong(VIRTUAL_SIZE_OFFSET),
                uuid(in, UUID_OFFSET),
                uuid(in, PARENT_UUID_OFFSET),
                text(in, USER_TAG_OFFSET, USER_TAG_SIZE));
    }

    /** The block as it is on disk. */
    ByteBuffer encode() {
        ByteBuffer out = ByteBuffer.allocateDirect(SIZE).order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(MAGIC_0_OFFSET, MAGIC_0)
                .putLong(MAGIC_1_OFFSET, MAGIC_1_LOW)
                .putLong(MAGIC_1_OFFSET + Long.BYTES, MAGIC_1_HIGH)
                .putInt(SIZE_OFFSET, USED)
                .putInt(FLAGS_OFFSET, flags)
                .putLong(INDEX_OFFSET_OFFSET, indexOffset)
                .putLong(INDEX_SIZE_OFFSET, indexSize)
                .putLong(VIRTUAL_SIZE_OFFSET, virtualSize)
                .put(UUID_OFFSET, text(uuid))
                .put(PARENT_UUID_OFFSET, text(parentUuid))
                .put(VERSION_OFFSET, (byte) 1)
                .put(SUB_VERSION_OFFSET, (byte) 1)
                .put(USER_TAG_OFFSET, userTag.getBytes(StandardCharsets.UTF_8));
        return out;
    }

    private static byte[] text(UUID uuid) {
        return uuid.toString().toUpperCase(Locale.ROOT).getBytes(StandardCharsets.US_ASCII);
    }

    /** Nothing depends on a UUID, and there are files with none: text that is none is read as the nil UUID. */
    private static UUID uuid(ByteBuffer in, int offset) {
        String text = text(in, offset, UUID_TEXT);
        try {
            return text.length() == UUID_TEXT ? UUID.fromString(text) : NIL;
        } catch (IllegalArgumentException e) {
            return NIL;
        }
    }

    /** Bytes that are no UTF-8 become question marks, so that the text is never longer than the field. */
    private static String text(ByteBuffer in, int offset, int size) {
        int length = 0;
        while (length < size && in.get(offset + length) != 0) {
            length++;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .replaceWith("?")
                    .onMalformedInput(CodingErrorAction.REPLACE)
                    .decode(in.slice(offset, length))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new IllegalStateException("a decoder that replaces has failed", e);
        }
    }
}
