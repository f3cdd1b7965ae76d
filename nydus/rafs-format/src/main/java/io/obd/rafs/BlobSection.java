package io.obd.rafs;

import io.obd.fs.tar.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A section of a blob that holds more than chunks. Behind each of them stands a tar header with its name and size, and the
 * last one may be a table of contents with an entry of 128 bytes for each other one:
 *
 * <pre>
 *  0 u32 compression: 1 none, 2 zstd, 4 lz4_block   8 name[16]   24 SHA-256[32] of the content
 * 56 u64 offset in the blob   64 u64 size           72 u64 size of the content
 * </pre>
 *
 * @param name what it is called
 * @param compressor how it is compressed as a whole; chunks are each for themselves
 * @param sha256 digest of its content; that of chunks goes over what is stored
 * @param offset first byte in the blob
 * @param size bytes in the blob
 * @param contentSize bytes when it is decompressed
 */
public record BlobSection(
        String name, Compressor compressor, ByteString sha256, long offset, long size, long contentSize) {
    public static final String CHUNKS = "image.blob";
    public static final String CHUNK_INFO = "blob.meta";
    public static final String CHUNK_INFO_HEADER = "blob.meta.header";
    public static final String DIGESTS = "blob.digest";
    public static final String BOOTSTRAP = "image.boot";
    public static final String CONTENTS = "rafs.blob.toc";

    /** Bytes of a tar header. */
    public static final int HEADER = 512;

    static final int HEADER_NAME_LENGTH = 100;
    static final int HEADER_SIZE = 124;
    static final int HEADER_SIZE_DIGITS = 11;
    static final int HEADER_MAGIC = 257;
    private static final int HEADER_MTIME = 136;
    private static final int HEADER_CHECKSUM = 148;
    private static final int HEADER_CHECKSUM_DIGITS = 7;
    private static final int HEADER_TYPE = 156;
    private static final String GNU_MAGIC = "ustar  ";

    /** Bytes of an entry of the table of contents. */
    static final int ENTRY = 128;

    static final int NAME = 8;
    static final int NAME_LENGTH = 16;
    static final int DIGEST = 24;
    static final int OFFSET = 56;
    static final int SIZE = 64;
    static final int CONTENT_SIZE = 72;

    static final int UNCOMPRESSED = 1;
    static final int ZSTD = 2;
    static final int LZ4 = 4;

    /** The tar header behind a section of that many bytes. */
    public static byte[] header(String name, long size) {
        byte[] header = new byte[HEADER];
        text(header, 0, name);
        text(header, HEADER_SIZE, octal(size, HEADER_SIZE_DIGITS));
        text(header, HEADER_MTIME, octal(0, HEADER_SIZE_DIGITS));
        text(header, HEADER_MAGIC, GNU_MAGIC);
        header[HEADER_TYPE] = '0';
        long sum = ' ' * (HEADER_CHECKSUM_DIGITS + 1L);
        for (byte b : header) {
            sum += Byte.toUnsignedInt(b);
        }
        text(header, HEADER_CHECKSUM, octal(sum, HEADER_CHECKSUM_DIGITS));
        return header;
    }

    private static String octal(long number, int digits) {
        return String.format("%0" + digits + "o", number);
    }

    private static void text(byte[] header, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }

    /** Its entry in the table of contents. */
    public byte[] entry() {
        ByteBuffer out = ByteBuffer.allocate(ENTRY).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(
                0,
                switch (compressor) {
                    case ZSTD -> ZSTD;
                    case LZ4_BLOCK -> LZ4;
                    case NONE, GZIP -> UNCOMPRESSED;
                });
        PaddedText.encode(out, NAME, ByteString.of(name));
        out.put(DIGEST, sha256.toBytes());
        out.putLong(OFFSET, offset);
        out.putLong(SIZE, size);
        out.putLong(CONTENT_SIZE, contentSize);
        return out.array();
    }
}
