package io.obd.rafs;

import io.obd.block.BlobReader;
import io.obd.block.BlobWindow;
import io.obd.block.BlockDecompressor;
import io.obd.block.Codec;
import io.obd.block.CorruptBlobException;
import io.obd.block.MalformedBlockException;
import io.obd.fs.tar.ByteString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The bootstrap at the end of a layer's blob. Such a blob has sections, each followed by a tar header with its name and
 * size. The last one may be a table of contents, entries of 128 bytes, and then the bootstrap may be compressed:
 *
 * <pre>
 *  0 u32 compression: 1 none, 2 zstd, 4 lz4_block   8 name[16]   24 SHA-256[32] of the content
 * 56 u64 offset in the blob   64 u64 size           72 u64 size of the content
 * </pre>
 */
final class InlinedBootstrap {
    private static final String BOOTSTRAP = "image.boot";
    private static final String CONTENTS = "rafs.blob.toc";

    private static final int HEADER = 512;
    private static final int HEADER_NAME = 100;
    private static final int HEADER_SIZE = 124;
    private static final int HEADER_SIZE_DIGITS = 11;
    private static final int HEADER_MAGIC = 257;

    private static final int ENTRY = 128;
    private static final int NAME = 8;
    private static final int NAME_LENGTH = 16;
    private static final int DIGEST = 24;
    private static final int OFFSET = 56;
    private static final int SIZE = 64;
    private static final int CONTENT_SIZE = 72;
    private static final int MOST_CONTENTS = 4096;

    /** So that a few bytes cannot ask for all memory; bootstraps become a hundredth at best. */
    private static final long MOST_EXPANSION = 1024;

    private InlinedBootstrap() {}

    /** A section, told from the header behind it. */
    private record Section(String name, long offset, long size) {}

    /** Finds the bootstrap in a blob; empty if there is none. */
    static Optional<MetadataBytes> find(BlobReader blob) throws IOException {
        Section last = sectionBefore(blob, blob.size());
        if (last == null) {
            return Optional.empty();
        }
        if (last.name().equals(BOOTSTRAP)) {
            return Optional.of(MetadataBytes.load(new BlobWindow(blob, last.offset(), last.size(), BOOTSTRAP)));
        }
        if (last.name().equals(CONTENTS) && last.size() <= MOST_CONTENTS) {
            return ofContents(blob, last);
        }
        return Optional.empty();
    }

    private static @Nullable Section sectionBefore(BlobReader blob, long end) throws IOException {
        if (end < HEADER) {
            return null;
        }
        MetadataBytes header = MetadataBytes.load(new BlobWindow(blob, end - HEADER, HEADER, "header"));
        if (!header.string(HEADER_MAGIC, 5, "a magic").equals(ByteString.of("ustar"))) {
            return null;
        }
        String digits = header.string(HEADER_SIZE, HEADER_SIZE_DIGITS, "a size").toString();
        long size = digits.matches("[0-7]+") ? Long.parseLong(digits, 8) : -1;
        if (size < 0 || size > end - HEADER) {
            throw new CorruptBlobException(
                    blob.name(), end - HEADER + HEADER_SIZE, "a section of '" + digits + "' bytes");
        }
        String name = PaddedText.decode(header, 0, HEADER_NAME).toString();
        return new Section(name, end - HEADER - size, size);
    }

    private static Optional<MetadataBytes> ofContents(BlobReader blob, Section contents) throws IOException {
        MetadataBytes table = MetadataBytes.load(new BlobWindow(blob, contents.offset(), contents.size(), CONTENTS));
        for (long at = 0; at + ENTRY <= table.size(); at += ENTRY) {
            if (PaddedText.decode(table, at + NAME, NAME_LENGTH).toString().equals(BOOTSTRAP)) {
                return Optional.of(ofEntry(blob, table, at));
            }
        }
        return Optional.empty();
    }

    private static MetadataBytes ofEntry(BlobReader blob, MetadataBytes table, long at) throws IOException {
        long offset = table.position(at + OFFSET, "the offset of the bootstrap");
        int size = section(table, at + SIZE);
        int contentSize = section(table, at + CONTENT_SIZE);
        if (offset > blob.size() - size) {
            throw table.broken(at + OFFSET, "a bootstrap of " + size + " bytes at " + offset + " of " + blob.size());
        }
        if (contentSize > size * MOST_EXPANSION) {
            throw table.broken(at + CONTENT_SIZE, "a bootstrap of " + contentSize + " bytes out of " + size);
        }
        ByteBuffer stored = ByteBuffer.allocateDirect(size);
        blob.read(offset, stored);
        ByteBuffer content = decompress(table, at, stored.flip(), contentSize);
        if (!Digester.SHA256
                .digest(content.duplicate())
                .equals(table.string(at + DIGEST, Digester.LENGTH, "a digest"))) {
            throw table.broken(at + DIGEST, "the bootstrap does not have this SHA-256");
        }
        return MetadataBytes.of(blob.name() + " (" + BOOTSTRAP + ")", content);
    }

    private static int section(MetadataBytes table, long at) throws CorruptBlobException {
        long size = table.position(at, "the size of the bootstrap");
        if (size > Integer.MAX_VALUE) {
            throw table.broken(at, "a bootstrap of " + size + " bytes: 2 GiB is the most that is read");
        }
        return (int) size;
    }

    private static ByteBuffer decompress(MetadataBytes table, long at, ByteBuffer stored, int size)
            throws CorruptBlobException {
        Codec codec =
                switch (table.i32(at)) {
                    case 1 -> null;
                    case 2 -> Codec.ZSTD;
                    case 4 -> Codec.LZ4;
                    default -> throw table.broken(at, "unknown compression " + table.u32(at) + " of the bootstrap");
                };
        if (codec == null) {
            return stored;
        }
        ByteBuffer content = ByteBuffer.allocateDirect(size);
        try (BlockDecompressor decompressor = codec.newDecompressor()) {
            decompressor.decompress(stored, content);
        } catch (MalformedBlockException e) {
            throw table.broken(at, "the bootstrap: " + e.getMessage());
        }
        if (content.hasRemaining()) {
            throw table.broken(at + CONTENT_SIZE, "a bootstrap with " + content.remaining() + " bytes too few");
        }
        return content.flip();
    }
}
