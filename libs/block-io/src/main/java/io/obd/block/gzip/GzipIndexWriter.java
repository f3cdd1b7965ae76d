package io.obd.block.gzip;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.zip.Deflater;

/**
 * Writes an index: the windows as they come, the table behind them, and the header at last. Windows are compressed in a
 * thread of their own, which takes a quarter of the time that decompressing the stream takes.
 */
final class GzipIndexWriter implements Closeable {
    /** Of 32 KiB each. */
    private static final int MAX_PENDING = 32;

    private final Path file;
    private final FileChannel channel;
    private final ExecutorService compression = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("gzip-index").factory());

    /** Used by that thread alone until it has ended. */
    private final Deflater deflater = new Deflater(GzipIndexLayout.ZLIB_LEVEL);

    private final byte[] deflated = new byte[8 << 10];
    private final ArrayDeque<Entry> pending = new ArrayDeque<>();
    private final ByteArrayOutputStream table = new ByteArrayOutputStream();
    private long position = GzipIndexLayout.SIZE;
    private long lastCompressed = -1;
    private boolean complete;

    private record Entry(long uncompressed, long compressed, int bits, CompletableFuture<byte[]> window) {}

    private GzipIndexWriter(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    static GzipIndexWriter create(Path file) throws IOException {
        return new GzipIndexWriter(
                file, FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
    }

    /** Where the last entry is in the compressed stream, -1 if there is none. */
    long lastCompressed() {
        return lastCompressed;
    }

    /** @param window not copied */
    void add(long uncompressed, long compressed, int bits, byte[] window) throws IOException {
        if (pending.size() == MAX_PENDING) {
            write(pending.remove());
        }
        pending.add(new Entry(
                uncompressed, compressed, bits, CompletableFuture.supplyAsync(() -> deflate(window), compression)));
        lastCompressed = compressed;
    }

    private void write(Entry entry) throws IOException {
        byte[] stored = entry.window.join();
        ByteBuffer bytes = ByteBuffer.allocate(GzipIndexLayout.ENTRY_SIZE).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(GzipIndexLayout.ENTRY_UNCOMPRESSED_OFFSET, entry.uncompressed)
                .putLong(GzipIndexLayout.ENTRY_COMPRESSED_OFFSET, entry.compressed)
                .putLong(GzipIndexLayout.ENTRY_WINDOW_OFFSET, position)
                .put(GzipIndexLayout.ENTRY_BITS_OFFSET, (byte) entry.bits)
                .putInt(GzipIndexLayout.ENTRY_WINDOW_LENGTH_OFFSET, stored.length);
        table.writeBytes(bytes.array());
        append(stored);
    }

    void finish(long gzipSize, long uncompressedSize) throws IOException {
        while (!pending.isEmpty()) {
            write(pending.remove());
        }
        compression.close();
        byte[] entries = table.toByteArray();
        byte[] stored = deflate(entries);
        long start = position;
        append(stored);
        ByteBuffer header = ByteBuffer.allocate(GzipIndexLayout.SIZE).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(GzipIndexLayout.MAGIC_OFFSET, GzipIndexLayout.MAGIC)
                .put(GzipIndexLayout.MAJOR_VERSION_OFFSET, (byte) GzipIndexLayout.MAJOR_VERSION)
                .put(GzipIndexLayout.ALGORITHM_OFFSET, (byte) GzipIndexLayout.ZLIB)
                .put(GzipIndexLayout.LEVEL_OFFSET, (byte) GzipIndexLayout.ZLIB_LEVEL)
                .putInt(GzipIndexLayout.SPAN_OFFSET, GzipIndexLayout.SPAN)
                .putInt(GzipIndexLayout.WINDOW_OFFSET, GzipIndexLayout.WINDOW)
                .putInt(GzipIndexLayout.ENTRY_SIZE_OFFSET, GzipIndexLayout.ENTRY_SIZE)
                .putLong(GzipIndexLayout.ENTRIES_OFFSET, entries.length / GzipIndexLayout.ENTRY_SIZE)
                .putLong(GzipIndexLayout.GZIP_SIZE_OFFSET, gzipSize)
                .putLong(GzipIndexLayout.FILE_SIZE_OFFSET, position)
                .putLong(GzipIndexLayout.UNCOMPRESSED_SIZE_OFFSET, uncompressedSize)
                .putLong(GzipIndexLayout.TABLE_OFFSET, start)
                .putLong(GzipIndexLayout.TABLE_LENGTH_OFFSET, stored.length);
        header.putInt(GzipIndexLayout.CRC_OFFSET, GzipIndexLayout.crc(header));
        write(header, 0);
        complete = true;
    }

    private byte[] deflate(byte[] bytes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        deflater.reset();
        deflater.setInput(bytes);
        deflater.finish();
        while (!deflater.finished()) {
            out.write(deflated, 0, deflater.deflate(deflated));
        }
        return out.toByteArray();
    }

    private void append(byte[] bytes) throws IOException {
        write(ByteBuffer.wrap(bytes), position);
        position += bytes.length;
    }

    private void write(ByteBuffer bytes, long at) throws IOException {
        long to = at;
        while (bytes.hasRemaining()) {
            to += channel.write(bytes, to);
        }
    }

    /** An index that is not complete is removed. */
    @Override
    public void close() throws IOException {
        compression.close();
        deflater.end();
        try (channel) {
            if (!complete) {
                Files.deleteIfExists(file);
            }
        }
    }
}
