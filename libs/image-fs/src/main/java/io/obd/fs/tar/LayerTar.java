package io.obd.fs.tar;

import static io.obd.fs.tar.TarHeaderLayout.*;

import io.obd.fs.tar.TarEntry.Segment;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a tar as image layers are: ustar, pax headers but global ones, which containerd does not follow
 * either, GNU long names, numbers in base-256, all forms of GNU sparse files. Names are bytes. Nothing is kept but the entry at hand; extensions are limited to 1 MiB.
 *
 * <p>The end is two zero blocks, or the end of the stream between two entries.
 */
public final class LayerTar {
    private static final int MAX_EXTENSION = 1 << 20;
    private static final byte[] POSIX_MAGIC = {'u', 's', 't', 'a', 'r', 0};

    private final TarInput in;
    private final byte[] header = new byte[BLOCK];
    private @Nullable ByteString name;
    private long entryOffset;
    private long headerOffset;
    private long data;
    private long padding;

    /** Of an archive of headers alone: where the data of the current entry is in the tar. */
    private long elsewhere;

    private final boolean headersAlone;

    /** Reads from an uncompressed stream, which it does not close. */
    public LayerTar(InputStream in) {
        this(new TarInput(in, null), false);
    }

    LayerTar(TarInput in, boolean headersAlone) {
        this.in = in;
        this.headersAlone = headersAlone;
    }

    /**
     * Reads what {@link TarHeaders} wrote: there is no data, but it is known where it is in the tar.
     *
     * @param in not closed
     */
    public static LayerTar ofHeaders(InputStream in) {
        return new LayerTar(new TarInput(in, null), true);
    }

    /**
     * The next entry, or null at the end; what was not read of the one before is passed over. There are programs that do not
     * fill up the last block of a tar: it ends there.
     *
     * @throws LayerTarException if the tar ends too early or a header makes no sense
     */
    public @Nullable TarEntry next() throws IOException {
        skip(data);
        data = 0;
        boolean more = in.skip(padding) == padding;
        padding = 0;
        if (!more) {
            return null;
        }
        name = null;
        entryOffset = in.position();
        try {
            return readEntry();
        } catch (NumberFormatException e) {
            throw new LayerTarException(name, entryOffset, "damaged header: " + e.getMessage(), e);
        }
    }

    /** Position in the tar of what {@link #read} gives next; in one of headers alone that of the data of the entry. */
    public long position() {
        return headersAlone ? elsewhere : in.position();
    }

    /** Reads data of the current entry: at least one byte, or -1 behind its last one. */
    public int read(byte[] dst, int from, int length) throws IOException {
        if (headersAlone) {
            throw new LayerTarException(
                    name, entryOffset, "its data is wanted, and this is an archive of headers without data");
        }
        if (data == 0 || length == 0) {
            return data == 0 ? -1 : 0;
        }
        int n = in.read(dst, from, (int) Math.min(length, data));
        if (n < 0) {
            throw truncated();
        }
        data -= n;
        return n;
    }

    /** Reads the stream to its end, for who takes a digest of it; what is behind the last entry has no meaning. */
    public void drain() throws IOException {
        in.skip(Long.MAX_VALUE);
    }

    private @Nullable TarEntry readEntry() throws IOException {
        PaxRecords records = new PaxRecords();
        while (readHeader()) {
            switch (header[TYPE]) {
                case 'x' -> records.addAll(readExtension());
                case 'g' -> readExtension();
                case 'L' -> records.put(PaxRecords.PATH, untilNul(readExtension()));
                case 'K' -> records.put(PaxRecords.LINK_PATH, untilNul(readExtension()));
                default -> {
                    return entry(records);
                }
            }
        }
        return null;
    }

    /** Bytes from the first header of the entry to that which says what it is. */
    int headerOffset() {
        return (int) (headerOffset - entryOffset);
    }

    /** Whether the entry that was read last has data behind its headers, be it none at all. */
    boolean isFile() {
        return header[TYPE] == 0 || header[TYPE] == '0' || header[TYPE] == '7' || header[TYPE] == 'S';
    }

    /** Reads a header block; false at the end of the tar. */
    private boolean readHeader() throws IOException {
        headerOffset = in.position();
        int n = in.readBlock(header);
        if (n == 0 && in.position() == entryOffset) {
            return false;
        }
        if (n < BLOCK) {
            throw truncated();
        }
        long unsigned = 0;
        long signed = 0;
        for (int i = 0; i < BLOCK; i++) {
            boolean checksum = i >= CHECKSUM && i < CHECKSUM + SHORT_NUMBER;
            unsigned += checksum ? ' ' : Byte.toUnsignedInt(header[i]);
            signed += checksum ? ' ' : header[i];
        }
        if (unsigned == (long) SHORT_NUMBER * ' ' && isBlank(CHECKSUM, SHORT_NUMBER)) {
            return false;
        }
        long stored = TarNumbers.headerNumber(header, CHECKSUM, SHORT_NUMBER);
        // In an archive of headers alone those of files were changed after it was made.
        if (stored != unsigned && stored != signed && !headersAlone) {
            throw new NumberFormatException("its checksum is " + unsigned + ", the header says " + stored);
        }
        return true;
    }

    private boolean isBlank(int from, int length) {
        for (int i = from; i < from + length; i++) {
            if (header[i] != 0) {
                return false;
            }
        }
        return true;
    }

    private byte[] readExtension() throws IOException {
        long size = size(TarNumbers.headerNumber(header, SIZE, LONG_NUMBER));
        if (size > MAX_EXTENSION) {
            throw new NumberFormatException("an extension of " + size + " bytes, more than " + MAX_EXTENSION);
        }
        byte[] extension = new byte[(int) size];
        if (in.readBlock(extension) < size) {
            throw truncated();
        }
        skip(paddingOf(size));
        return extension;
    }

    private TarEntry entry(PaxRecords records) throws IOException {
        ByteString path = path(records);
        name = path;
        TarEntry.Type type = type(header[TYPE], path);
        long size = size(number(records, PaxRecords.SIZE, SIZE, LONG_NUMBER));
        Instant modified = time(records.get(PaxRecords.MTIME));
        Instant accessed = records.get(PaxRecords.ATIME) == null ? modified : time(records.get(PaxRecords.ATIME));
        ByteString link = records.get(PaxRecords.LINK_PATH);
        boolean device = type == TarEntry.Type.CHARACTER_DEVICE || type == TarEntry.Type.BLOCK_DEVICE;
        if (type == TarEntry.Type.FILE) {
            data = size;
            padding = paddingOf(size);
        }
        Content content = type == TarEntry.Type.FILE ? content(records) : new Content(0, List.of());
        if (headersAlone && type == TarEntry.Type.FILE) {
            elsewhere = size(TarHeaderLayout.dataOffset(header));
            data = 0;
            padding = 0;
        }
        return new TarEntry(
                entryOffset,
                path,
                type,
                link == null ? field(LINK, LINK_LENGTH) : link,
                (int) TarNumbers.headerNumber(header, MODE, SHORT_NUMBER) & 07777,
                number(records, PaxRecords.UID, UID, SHORT_NUMBER),
                number(records, PaxRecords.GID, GID, SHORT_NUMBER),
                modified,
                accessed,
                device ? device(MAJOR) : 0,
                device ? device(MINOR) : 0,
                content.size(),
                content.segments(),
                records.xattrs());
    }

    private static TarEntry.Type type(byte flag, ByteString path) {
        return switch (flag) {
            // Where there was no type for directories yet, the slash told them.
            case 0 ->
                path.length() > 0 && path.at(path.length() - 1) == '/' ? TarEntry.Type.DIRECTORY : TarEntry.Type.FILE;
            case '0', '7', 'S' -> TarEntry.Type.FILE;
            case '1' -> TarEntry.Type.HARD_LINK;
            case '2' -> TarEntry.Type.SYMLINK;
            case '3' -> TarEntry.Type.CHARACTER_DEVICE;
            case '4' -> TarEntry.Type.BLOCK_DEVICE;
            case '5' -> TarEntry.Type.DIRECTORY;
            case '6' -> TarEntry.Type.FIFO;
            default ->
                throw new NumberFormatException(
                        String.format("type 0x%02x is no kind of file", Byte.toUnsignedInt(flag)));
        };
    }

    private ByteString path(PaxRecords records) {
        ByteString sparse = records.get(PaxRecords.SPARSE_NAME);
        ByteString path = sparse == null ? records.get(PaxRecords.PATH) : sparse;
        if (path != null) {
            return path;
        }
        ByteString name = field(NAME, NAME_LENGTH);
        for (int i = 0; i < POSIX_MAGIC.length; i++) {
            if (header[MAGIC + i] != POSIX_MAGIC[i]) {
                return name;
            }
        }
        ByteString prefix = field(PREFIX, PREFIX_LENGTH);
        return prefix.length() == 0 ? name : prefix.concat(ByteString.of("/")).concat(name);
    }

    private record Content(long size, List<Segment> segments) {}

    private Content content(PaxRecords records) throws IOException {
        SparseMap map = new SparseMap();
        ByteString real = records.get(PaxRecords.SPARSE_REAL_SIZE);
        ByteString text = records.get(PaxRecords.SPARSE_MAP);
        long size;
        if (header[TYPE] == 'S') {
            size = size(TarNumbers.headerNumber(header, GNU_REAL_SIZE, LONG_NUMBER));
            readOldSparseMap(map);
        } else if (records.get(PaxRecords.SPARSE_MAJOR) != null && real != null && text == null) {
            size = size(TarNumbers.decimal(real));
            readSparseMapInData(map);
        } else if (text != null) {
            ByteString declared = records.get(PaxRecords.SPARSE_SIZE);
            size = declared == null ? data : size(TarNumbers.decimal(declared));
            map.addText(text);
        } else {
            size = data;
            map.add(0, data);
        }
        return new Content(size, map.finish(size, data));
    }

    private void readOldSparseMap(SparseMap map) throws IOException {
        addPieces(map, header, GNU_SPARSE, GNU_SPARSE_COUNT);
        boolean more = header[GNU_EXTENDED] != 0;
        byte[] block = new byte[BLOCK];
        while (more) {
            if (in.readBlock(block) < BLOCK) {
                throw truncated();
            }
            addPieces(map, block, 0, GNU_MORE_COUNT);
            more = block[GNU_MORE_EXTENDED] != 0;
        }
    }

    private static void addPieces(SparseMap map, byte[] block, int from, int count) {
        for (int i = 0; i < count; i++) {
            int at = from + i * 2 * LONG_NUMBER;
            if (block[at] == 0) {
                return;
            }
            map.add(
                    size(TarNumbers.headerNumber(block, at, LONG_NUMBER)),
                    size(TarNumbers.headerNumber(block, at + LONG_NUMBER, LONG_NUMBER)));
        }
    }

    /** The map of pax sparse format 1.0: lines of decimal numbers before the data, filled up to a block. */
    private void readSparseMapInData(SparseMap map) throws IOException {
        if (headersAlone) {
            throw new NumberFormatException("the pieces of the sparse file are listed in its data, which is not here");
        }
        long before = data;
        long count = readLine();
        for (long i = 0; i < count; i++) {
            map.add(readLine(), readLine());
        }
        long rest = paddingOf(before - data);
        skip(Math.min(rest, data));
        data -= Math.min(rest, data);
    }

    private long readLine() throws IOException {
        byte[] digit = new byte[1];
        StringBuilder line = new StringBuilder();
        while (true) {
            if (read(digit, 0, 1) < 0) {
                throw new NumberFormatException("the sparse map ends too early");
            }
            if (digit[0] == '\n') {
                break;
            }
            line.append((char) digit[0]);
            if (line.length() > Long.toString(Long.MAX_VALUE).length()) {
                throw new NumberFormatException("a number without end in the sparse map");
            }
        }
        return size(Long.parseLong(line.toString()));
    }

    private long number(PaxRecords records, ByteString key, int from, int length) {
        ByteString text = records.get(key);
        return text == null ? TarNumbers.headerNumber(header, from, length) : TarNumbers.decimal(text);
    }

    private Instant time(@Nullable ByteString text) {
        return text == null
                ? TarNumbers.time(TarNumbers.headerNumber(header, MTIME, LONG_NUMBER))
                : TarNumbers.time(text);
    }

    private int device(int from) {
        long number = TarNumbers.headerNumber(header, from, SHORT_NUMBER);
        if (number < 0 || number > Integer.MAX_VALUE) {
            throw new NumberFormatException(number + " is no device number");
        }
        return (int) number;
    }

    private static long size(long size) {
        if (size < 0) {
            throw new NumberFormatException(size + " is no size");
        }
        return size;
    }

    private static long paddingOf(long size) {
        return -size & (BLOCK - 1);
    }

    private ByteString field(int from, int length) {
        int end = from;
        while (end < from + length && header[end] != 0) {
            end++;
        }
        return ByteString.copyOf(header, from, end);
    }

    private static ByteString untilNul(byte[] bytes) {
        ByteString all = ByteString.copyOf(bytes);
        int nul = all.indexOf(0, 0);
        return nul < 0 ? all : all.slice(0, nul);
    }

    private void skip(long length) throws IOException {
        if (in.skip(length) < length) {
            throw truncated();
        }
    }

    private LayerTarException truncated() {
        return new LayerTarException(name, entryOffset, "the tar ends at byte " + in.position() + " inside of it");
    }
}
