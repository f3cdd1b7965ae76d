package io.obd.lsmt.blob;

import io.obd.block.BlobReader;
import io.obd.block.BlobWindow;
import io.obd.block.CorruptBlobException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The tar around the blob of a layer, so that OCI tools can unpack it as one file {@code overlaybd.commit} while its
 * content is used in place:
 *
 * <pre>
 *     0  header of the pax record
 *   512  pax record: the size of the payload
 *  1024  header of the file
 *  1536  payload, padded with zeros to a multiple of 512
 *        two blocks of zeros
 * </pre>
 *
 * Other tar writers leave out the pax record; the payload then begins at byte 512.
 */
public final class TarWrapper {
    /** Bytes in front of the payload as we write it. */
    static final int FRONT = 3 * TarHeader.SIZE;

    private static final int END_BLOCKS = 2 * TarHeader.SIZE;

    private TarWrapper() {}

    /**
     * Takes off the wrapper: the payload where there is one, otherwise {@code blob} itself.
     *
     * @throws CorruptBlobException if the payload is longer than the blob
     */
    public static BlobReader unwrap(BlobReader blob) throws IOException {
        if (blob.size() < TarHeader.SIZE) {
            return blob;
        }
        TarHeader first = new TarHeader(read(blob, 0, TarHeader.SIZE));
        if (!first.isValid()) {
            return blob;
        }
        boolean extended = first.type() == TarHeader.PAX || first.type() == TarHeader.PAX_GLOBAL;
        long start = extended ? FRONT : TarHeader.SIZE;
        long size = extended ? extendedSize(blob, first) : first.size(blob.name(), 0);
        if (start > blob.size() || size > blob.size() - start) {
            throw new CorruptBlobException(
                    blob.name(),
                    TarHeader.SIZE_OFFSET,
                    "tar header: payload of " + size + " bytes at byte " + start + ", but the blob has " + blob.size()
                            + " bytes");
        }
        return new BlobWindow(blob, start, size, "tar payload");
    }

    private static long extendedSize(BlobReader blob, TarHeader first) throws IOException {
        long length = first.size(blob.name(), 0);
        if (length > TarHeader.SIZE || blob.size() < FRONT) {
            throw new CorruptBlobException(
                    blob.name(),
                    TarHeader.SIZE_OFFSET,
                    "tar header: extended header of " + length + " bytes is not that of an overlaybd layer");
        }
        String records = StandardCharsets.UTF_8
                .decode(read(blob, TarHeader.SIZE, (int) length))
                .toString();
        for (String record : records.split("\n")) {
            int key = record.indexOf(' ') + 1;
            if (record.startsWith("size=", key)) {
                long size = payloadSize(record.substring(key + "size=".length()), blob);
                if (size > 0) {
                    return size;
                }
            }
        }
        return new TarHeader(read(blob, FRONT - TarHeader.SIZE, TarHeader.SIZE))
                .size(blob.name(), FRONT - TarHeader.SIZE);
    }

    private static long payloadSize(String digits, BlobReader blob) throws CorruptBlobException {
        if (!digits.matches("[0-9]{1,18}")) {
            throw new CorruptBlobException(
                    blob.name(), TarHeader.SIZE, "tar extended header: size is no number: " + digits);
        }
        return Long.parseLong(digits);
    }

    /** Bytes in front of a payload of {@code size} bytes. */
    static ByteBuffer front(long size) {
        byte[] record = record(size);
        return ByteBuffer.allocateDirect(FRONT)
                .put(0, TarHeader.pax(record.length), 0, TarHeader.SIZE)
                .put(TarHeader.SIZE, record)
                .put(2 * TarHeader.SIZE, TarHeader.file(), 0, TarHeader.SIZE);
    }

    /** Bytes after a payload of {@code size} bytes. */
    static ByteBuffer back(long size) {
        int padding = (int) Math.floorMod(-size, (long) TarHeader.SIZE);
        return ByteBuffer.allocateDirect(padding + END_BLOCKS);
    }

    /** A pax record begins with its own length in decimal digits, these included. */
    private static byte[] record(long size) {
        String content = " size=" + size + "\n";
        int length = content.length();
        while (length != content.length() + Integer.toString(length).length()) {
            length = content.length() + Integer.toString(length).length();
        }
        return (length + content).getBytes(StandardCharsets.US_ASCII);
    }

    private static ByteBuffer read(BlobReader blob, long position, int length) throws IOException {
        ByteBuffer block = ByteBuffer.allocateDirect(length);
        blob.read(position, block);
        return block.flip();
    }
}
