package io.obd.nydusify;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * Compresses to gzip on all processors: pieces of 256 KiB become deflate blocks that end at a byte, each with the end of the
 * piece before as its dictionary. Together they are one member. Which bytes come out does not depend on the number of
 * processors.
 */
final class ParallelGzip extends OutputStream {
    private static final int PIECE = 256 << 10;
    private static final int WINDOW = 32 << 10;
    private static final byte[] HEADER = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 0xff};

    private final OutputStream out;
    private final int most;
    private final ExecutorService workers;
    private final Deque<Future<byte[]>> pending = new ArrayDeque<>();
    private final CRC32 crc = new CRC32();
    private byte[] piece = new byte[PIECE];
    private byte[] dictionary = {};
    private int length;
    private long size;

    /** @param out gets the gzip; stays open */
    ParallelGzip(OutputStream out) throws IOException {
        int processors = Runtime.getRuntime().availableProcessors();
        this.out = out;
        this.most = 2 * processors;
        this.workers = Executors.newFixedThreadPool(
                processors, Thread.ofPlatform().daemon().name("gzip-", 0).factory());
        out.write(HEADER);
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
        crc.update(bytes, from, count);
        size += count;
        for (int at = from; at < from + count; ) {
            int n = Math.min(from + count - at, PIECE - length);
            System.arraycopy(bytes, at, piece, length, n);
            length += n;
            at += n;
            if (length == PIECE) {
                compress(false);
            }
        }
    }

    private void compress(boolean last) throws IOException {
        byte[] content = length == PIECE ? piece : Arrays.copyOf(piece, length);
        byte[] before = dictionary;
        while (pending.size() >= most) {
            handOn();
        }
        pending.add(workers.submit(() -> deflate(content, before, last)));
        dictionary = Arrays.copyOfRange(content, Math.max(0, content.length - WINDOW), content.length);
        piece = new byte[PIECE];
        length = 0;
    }

    private static byte[] deflate(byte[] content, byte[] dictionary, boolean last) {
        Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
        try {
            if (dictionary.length > 0) {
                deflater.setDictionary(dictionary);
            }
            deflater.setInput(content);
            if (last) {
                deflater.finish();
            }
            byte[] stored = new byte[content.length / 2 + 64];
            int length = 0;
            while (true) {
                int room = stored.length - length;
                int n = deflater.deflate(stored, length, room, Deflater.SYNC_FLUSH);
                length += n;
                if (n < room) {
                    return Arrays.copyOf(stored, length);
                }
                stored = Arrays.copyOf(stored, 2 * stored.length);
            }
        } finally {
            deflater.end();
        }
    }

    private void handOn() throws IOException {
        try {
            out.write(pending.remove().get());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while a layer was compressed");
        } catch (ExecutionException e) {
            throw new IllegalStateException("a piece cannot be compressed", e);
        }
    }

    /** Ends the member. Nothing more can be written. */
    void finish() throws IOException {
        compress(true);
        while (!pending.isEmpty()) {
            handOn();
        }
        ByteBuffer trailer = ByteBuffer.allocate(2 * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        out.write(trailer.putInt((int) crc.getValue()).putInt((int) size).array());
        out.flush();
    }

    /** Ends the threads; what was not {@linkplain #finish finished} is no gzip. */
    @Override
    public void close() {
        workers.shutdownNow();
    }
}
