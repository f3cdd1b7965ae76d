package io.obd.tcmu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The log of the kernel's device mapper target {@code log-writes}: all writes to a block device in the order in which they
 * were complete.
 *
 * <pre>
 * block 0       0 u64 magic  8 u64 version  16 u64 number of entries  24 u32 bytes in a block
 * each entry    0 u64 sector  8 u64 number of sectors  16 u64 flags  24 u64 length of the text behind it; one block long
 *               then the sectors, unless it is a discard
 * </pre>
 */
final class WriteLog implements Closeable {
    private static final long MAGIC = 0x6a736677736872L;
    private static final int FLUSH = 1;
    private static final int FUA = 2;
    private static final int DISCARD = 4;
    private static final int MARK = 8;
    private static final int SECTOR = 512;
    private static final int TEXT = 32;

    private final FileChannel log;
    private final long entries;
    private long position = SECTOR;
    private long read;

    /**
     * One entry.
     *
     * @param barrier whether all before it is on stable storage
     * @param mark text of a mark, empty if it is none
     */
    record Entry(boolean barrier, String mark) {}

    WriteLog(Path file) throws IOException {
        this.log = FileChannel.open(file, StandardOpenOption.READ);
        ByteBuffer block = block(0);
        assertThat(block.getLong(0)).isEqualTo(MAGIC);
        assertThat(block.getInt(24)).isEqualTo(SECTOR);
        this.entries = block.getLong(16);
    }

    private ByteBuffer block(long at) throws IOException {
        return bytes(at, SECTOR);
    }

    private ByteBuffer bytes(long at, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            assertThat(log.read(bytes, at + bytes.position())).isPositive();
        }
        return bytes.flip();
    }

    boolean hasNext() {
        return read < entries;
    }

    /** Repeats the next entry on a copy of the device. */
    Entry replay(FileChannel device) throws IOException {
        ByteBuffer entry = block(position);
        position += SECTOR;
        read++;
        long flags = entry.getLong(16);
        long offset = entry.getLong(0) * SECTOR;
        int length = Math.toIntExact(entry.getLong(8) * SECTOR);
        if ((flags & DISCARD) != 0) {
            device.write(ByteBuffer.allocate(length), offset);
        } else if ((flags & MARK) == 0 && length > 0) {
            device.write(bytes(position, length), offset);
            position += length;
        }
        String text = "";
        if ((flags & MARK) != 0) {
            byte[] mark = new byte[(int) entry.getLong(24)];
            entry.get(TEXT, mark);
            text = new String(mark, StandardCharsets.US_ASCII).replace("\0", "");
        }
        return new Entry((flags & (FLUSH | FUA)) != 0, text);
    }

    @Override
    public void close() throws IOException {
        log.close();
    }
}
