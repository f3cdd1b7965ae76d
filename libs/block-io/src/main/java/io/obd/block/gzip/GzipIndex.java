package io.obd.block.gzip;

import io.obd.block.BlobReader;
import io.obd.block.CorruptBlobException;
import io.obd.block.MalformedBlockException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * The places of a gzip stream where decompression can begin, and what it has to know there. The table is in memory, the
 * windows stay in the file.
 */
final class GzipIndex {
    /** With the usual distance of 1 MiB that is a layer of 1 TiB. */
    private static final int MAX_ENTRIES = 1 << 20;

    /** What zlib may make of a window that does not compress, and more. */
    private static final int MAX_STORED_WINDOW = 2 * GzipIndexLayout.WINDOW;

    private final BlobReader file;
    private final boolean compressed;
    private final long uncompressedSize;
    private final long gzipSize;
    private final long tableStart;
    private final ByteBuffer table;
    private final int count;

    private GzipIndex(BlobReader file, ByteBuffer header, ByteBuffer table) {
        this.file = file;
        this.compressed = header.get(GzipIndexLayout.ALGORITHM_OFFSET) == GzipIndexLayout.ZLIB;
        this.uncompressedSize = header.getLong(GzipIndexLayout.UNCOMPRESSED_SIZE_OFFSET);
        this.gzipSize = header.getLong(GzipIndexLayout.GZIP_SIZE_OFFSET);
        this.tableStart = header.getLong(GzipIndexLayout.TABLE_OFFSET);
        this.table = table;
        this.count = table.capacity() / GzipIndexLayout.ENTRY_SIZE;
    }

    /**
     * Reads an index and checks every field of it that is used.
     *
     * @param file not closed when this fails
     * @param gzipSize length of the gzip stream it has to be for
     * @throws CorruptBlobException if a check fails; says which one, and where
     */
    static GzipIndex read(BlobReader file, long gzipSize) throws IOException {
        ByteBuffer header = header(file, gzipSize);
        GzipIndex index = new GzipIndex(file, header, table(file, header));
        index.checkEntries();
        return index;
    }

    private static ByteBuffer header(BlobReader file, long gzipSize) throws IOException {
        Checks checks = new Checks(file.name());
        checks.that(
                file.size() >= GzipIndexLayout.SIZE,
                0,
                GzipIndexLayout.SIZE + " bytes wanted, file has " + file.size());
        ByteBuffer header = ByteBuffer.allocate(GzipIndexLayout.SIZE).order(ByteOrder.LITTLE_ENDIAN);
        file.read(0, header);
        header.flip();
        checks.that(
                header.getLong(GzipIndexLayout.MAGIC_OFFSET) == GzipIndexLayout.MAGIC,
                GzipIndexLayout.MAGIC_OFFSET,
                "magic not found");
        int crc = GzipIndexLayout.crc(header);
        int stored = header.getInt(GzipIndexLayout.CRC_OFFSET);
        checks.that(
                crc == stored,
                GzipIndexLayout.CRC_OFFSET,
                String.format("CRC of the header is %08x, stored is %08x", crc, stored));
        checks.equal(
                header.get(GzipIndexLayout.MAJOR_VERSION_OFFSET),
                GzipIndexLayout.MAJOR_VERSION,
                GzipIndexLayout.MAJOR_VERSION_OFFSET,
                "major_version");
        int algorithm = header.get(GzipIndexLayout.ALGORITHM_OFFSET);
        checks.that(
                algorithm == GzipIndexLayout.PLAIN || algorithm == GzipIndexLayout.ZLIB,
                GzipIndexLayout.ALGORITHM_OFFSET,
                "dict_compress_algo is " + algorithm + ", neither none (0) nor zlib (1)");
        checks.equal(
                header.getInt(GzipIndexLayout.WINDOW_OFFSET),
                GzipIndexLayout.WINDOW,
                GzipIndexLayout.WINDOW_OFFSET,
                "window");
        checks.equal(
                header.getInt(GzipIndexLayout.ENTRY_SIZE_OFFSET),
                GzipIndexLayout.ENTRY_SIZE,
                GzipIndexLayout.ENTRY_SIZE_OFFSET,
                "entry_size");
        checks.equal(
                header.getLong(GzipIndexLayout.FILE_SIZE_OFFSET),
                file.size(),
                GzipIndexLayout.FILE_SIZE_OFFSET,
                "index_file_size");
        long indexed = header.getLong(GzipIndexLayout.GZIP_SIZE_OFFSET);
        checks.that(
                indexed == gzipSize,
                GzipIndexLayout.GZIP_SIZE_OFFSET,
                "it is for a gzip stream of " + indexed + " bytes, not " + gzipSize);
        checks.that(
                header.getLong(GzipIndexLayout.UNCOMPRESSED_SIZE_OFFSET) >= 0,
                GzipIndexLayout.UNCOMPRESSED_SIZE_OFFSET,
                "uncompressed_size is " + header.getLong(GzipIndexLayout.UNCOMPRESSED_SIZE_OFFSET));
        long start = header.getLong(GzipIndexLayout.TABLE_OFFSET);
        long length = header.getLong(GzipIndexLayout.TABLE_LENGTH_OFFSET);
        checks.that(
                start >= GzipIndexLayout.SIZE && start <= file.size() && length == file.size() - start,
                GzipIndexLayout.TABLE_OFFSET,
                "table of " + length + " bytes at byte " + start + " does not end with the file at byte "
                        + file.size());
        long entries = header.getLong(GzipIndexLayout.ENTRIES_OFFSET);
        checks.that(
                entries >= 1 && entries <= MAX_ENTRIES,
                GzipIndexLayout.ENTRIES_OFFSET,
                entries + " entries, not 1 to " + MAX_ENTRIES);
        return header;
    }

    private static ByteBuffer table(BlobReader file, ByteBuffer header) throws IOException {
        long start = header.getLong(GzipIndexLayout.TABLE_OFFSET);
        int size = (int) header.getLong(GzipIndexLayout.ENTRIES_OFFSET) * GzipIndexLayout.ENTRY_SIZE;
        long stored = header.getLong(GzipIndexLayout.TABLE_LENGTH_OFFSET);
        // Deflate at its worst adds five bytes to every 16 KB.
        if (stored > size + size / 1024 + 64L) {
            throw new CorruptBlobException(
                    file.name(), start, "gzip index: table of " + size + " bytes is stored in " + stored);
        }
        boolean compressed = header.get(GzipIndexLayout.ALGORITHM_OFFSET) == GzipIndexLayout.ZLIB;
        byte[] table = section(file, compressed, start, (int) stored, size, "table");
        return ByteBuffer.wrap(table).order(ByteOrder.LITTLE_ENDIAN);
    }

    private void checkEntries() throws CorruptBlobException {
        Checks checks = new Checks(file.name());
        for (int i = 0; i < count; i++) {
            String entry = "entry " + i;
            long uncompressed = uncompressed(i);
            long encoded = firstWholeByte(i);
            checks.that(
                    i == 0
                            ? uncompressed == 0
                            : uncompressed >= uncompressed(i - 1) && encoded >= firstWholeByte(i - 1),
                    tableStart,
                    entry + " is at byte " + uncompressed + " (compressed " + encoded
                            + "), which does not follow the one before");
            checks.that(
                    uncompressed <= uncompressedSize && encoded >= 1 && encoded <= gzipSize,
                    tableStart,
                    entry + " is at byte " + uncompressed + " (compressed " + encoded + "), and the stream has "
                            + uncompressedSize + " (compressed " + gzipSize + ")");
            checks.that(bits(i) >= 0 && bits(i) < Byte.SIZE, tableStart, entry + " begins with " + bits(i) + " bits");
            int length = windowLength(i);
            checks.that(
                    length >= 0
                            && length <= MAX_STORED_WINDOW
                            && windowPosition(i) >= GzipIndexLayout.SIZE
                            && windowPosition(i) <= tableStart - length,
                    tableStart,
                    entry + " has a window of " + Integer.toUnsignedString(length) + " bytes at byte "
                            + windowPosition(i) + ", which are not before the table");
        }
    }

    /** Bytes of the whole stream when it is decompressed. */
    long uncompressedSize() {
        return uncompressedSize;
    }

    /** Number of spans: from one entry to the next, or to the end. */
    int spans() {
        return count;
    }

    /** The span that holds an uncompressed position. */
    int spanOf(long position) {
        int low = 0;
        int high = count - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (uncompressed(middle) <= position) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /** Uncompressed position that a span starts at. */
    long start(int span) {
        return uncompressed(span);
    }

    /** Uncompressed position behind a span. */
    long end(int span) {
        return span + 1 < count ? uncompressed(span + 1) : uncompressedSize;
    }

    /** Position of the first byte that holds bits of a span. */
    long compressedStart(int span) {
        return firstWholeByte(span) - (bits(span) == 0 ? 0 : 1);
    }

    /** Position behind the last byte that holds bits of a span. */
    long compressedEnd(int span) {
        return span + 1 < count ? firstWholeByte(span + 1) : gzipSize;
    }

    /** How many bits of the first byte of a span belong to the one before. */
    int skippedBits(int span) {
        return bits(span) == 0 ? 0 : Byte.SIZE - bits(span);
    }

    /**
     * What precedes a span, as much as it can refer to.
     *
     * @throws CorruptBlobException if the file does not have it
     */
    byte[] window(int span) throws IOException {
        if (start(span) == 0) {
            return new byte[0];
        }
        return section(
                file,
                compressed,
                windowPosition(span),
                windowLength(span),
                GzipIndexLayout.WINDOW,
                "window of entry " + span);
    }

    /**
     * Compares the end of a span with the window of the next one, which is the only copy of decompressed bytes that there is.
     * Bytes that are missing or too many in a damaged span show here, as they move its end; others only if they are near it.
     *
     * @param end the last bytes of the span, as many as there are at hand
     * @throws MalformedBlockException if they differ
     * @throws CorruptBlobException if the file does not have the window
     */
    void checkEnd(int span, ByteBuffer end) throws IOException, MalformedBlockException {
        if (span + 1 == count) {
            return;
        }
        byte[] window = window(span + 1);
        int length = Math.min(end.remaining(), window.length);
        if (!end.slice(end.limit() - length, length).equals(ByteBuffer.wrap(window, window.length - length, length))) {
            throw new MalformedBlockException("it does not end with what the index says precedes the next span");
        }
    }

    private static byte[] section(BlobReader file, boolean compressed, long at, int stored, int size, String what)
            throws IOException {
        byte[] bytes = new byte[stored];
        file.read(at, ByteBuffer.wrap(bytes));
        if (!compressed) {
            if (stored != size) {
                throw new CorruptBlobException(
                        file.name(), at, "gzip index: " + what + " has " + stored + " bytes, not " + size);
            }
            return bytes;
        }
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(bytes);
            byte[] plain = new byte[size];
            int length = inflater.inflate(plain);
            // The end of the stream, with its checksum, may only be looked at by one more call.
            if (length != size
                    || (!inflater.finished() && inflater.inflate(new byte[1]) != 0)
                    || !inflater.finished()) {
                throw new CorruptBlobException(
                        file.name(), at, "gzip index: " + what + " does not decompress to exactly " + size + " bytes");
            }
            return plain;
        } catch (DataFormatException e) {
            CorruptBlobException corrupt = new CorruptBlobException(
                    file.name(), at, "gzip index: " + what + " does not decompress: " + e.getMessage());
            corrupt.initCause(e);
            throw corrupt;
        } finally {
            inflater.end();
        }
    }

    void close() throws IOException {
        file.close();
    }

    private long uncompressed(int entry) {
        return table.getLong(entry * GzipIndexLayout.ENTRY_SIZE + GzipIndexLayout.ENTRY_UNCOMPRESSED_OFFSET);
    }

    private long firstWholeByte(int entry) {
        return table.getLong(entry * GzipIndexLayout.ENTRY_SIZE + GzipIndexLayout.ENTRY_COMPRESSED_OFFSET);
    }

    private long windowPosition(int entry) {
        return table.getLong(entry * GzipIndexLayout.ENTRY_SIZE + GzipIndexLayout.ENTRY_WINDOW_OFFSET);
    }

    private int bits(int entry) {
        return table.get(entry * GzipIndexLayout.ENTRY_SIZE + GzipIndexLayout.ENTRY_BITS_OFFSET);
    }

    private int windowLength(int entry) {
        return table.getInt(entry * GzipIndexLayout.ENTRY_SIZE + GzipIndexLayout.ENTRY_WINDOW_LENGTH_OFFSET);
    }

    private record Checks(String file) {
        void that(boolean holds, long at, String otherwise) throws CorruptBlobException {
            if (!holds) {
                throw new CorruptBlobException(file, at, "gzip index: " + otherwise);
            }
        }

        void equal(long found, long expected, int at, String field) throws CorruptBlobException {
            that(found == expected, at, field + " is " + found + ", not " + expected);
        }
    }
}
