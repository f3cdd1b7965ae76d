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
 * The bootstrap at the end of a layer's blob, a {@link BlobSection}. If there is a table of contents the bootstrap may be
 * compressed.
 */
final class InlinedBootstrap {
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
        if (last.name().equals(BlobSection.BOOTSTRAP)) {
            return Optional.of(
                    MetadataBytes.load(new BlobWindow(blob, last.offset(), last.size(), BlobSection.BOOTSTRAP)));
        }
        if (last.name().equals(BlobSection.CONTENTS) && last.size() <= MOST_CONTENTS) {
            return ofContents(blob, last);
        }
        return Optional.empty();
    }

    private static @Nullable Section sectionBefore(BlobReader blob, long end) throws IOException {
        if (end < BlobSection.HEADER) {
            return null;
        }
        MetadataBytes header =
                MetadataBytes.load(new BlobWindow(blob, end - BlobSection.HEADER, BlobSection.HEADER, "header"));
        if (!header.string(BlobSection.HEADER_MAGIC, 5, "a magic").equals(ByteString.of("ustar"))) {
            return null;
        }
        String digits = header.string(BlobSection.HEADER_SIZE, BlobSection.HEADER_SIZE_DIGITS, "a size")
                .toString();
        long size = digits.matches("[0-7]+") ? Long.parseLong(digits, 8) : -1;
        if (size < 0 || size > end - BlobSection.HEADER) {
            throw new CorruptBlobException(
                    blob.name(),
                    end - BlobSection.HEADER + BlobSection.HEADER_SIZE,
                    "a section of '" + digits + "' bytes");
        }
        String name =
                PaddedText.decode(header, 0, BlobSection.HEADER_NAME_LENGTH).toString();
        return new Section(name, end - BlobSection.HEADER - size, size);
    }

    private static Optional<MetadataBytes> ofContents(BlobReader blob, Section contents) throws IOException {
        MetadataBytes table =
                MetadataBytes.load(new BlobWindow(blob, contents.offset(), contents.size(), BlobSection.CONTENTS));
        for (long at = 0; at + BlobSection.ENTRY <= table.size(); at += BlobSection.ENTRY) {
            if (PaddedText.decode(table, at + BlobSection.NAME, BlobSection.NAME_LENGTH)
                    .toString()
                    .equals(BlobSection.BOOTSTRAP)) {
                return Optional.of(ofEntry(blob, table, at));
            }
        }
        return Optional.empty();
    }

    private static MetadataBytes ofEntry(BlobReader blob, MetadataBytes table, long at) throws IOException {
        long offset = table.position(at + BlobSection.OFFSET, "the offset of the bootstrap");
        int size = section(table, at + BlobSection.SIZE);
        int contentSize = section(table, at + BlobSection.CONTENT_SIZE);
        if (offset > blob.size() - size) {
            throw table.broken(
                    at + BlobSection.OFFSET, "a bootstrap of " + size + " bytes at " + offset + " of " + blob.size());
        }
        if (contentSize > size * MOST_EXPANSION) {
            throw table.broken(
                    at + BlobSection.CONTENT_SIZE, "a bootstrap of " + contentSize + " bytes out of " + size);
        }
        ByteBuffer stored = ByteBuffer.allocateDirect(size);
        blob.read(offset, stored);
        ByteBuffer content = decompress(table, at, stored.flip(), contentSize);
        if (!Digester.SHA256
                .digest(content.duplicate())
                .equals(table.string(at + BlobSection.DIGEST, Digester.LENGTH, "a digest"))) {
            throw table.broken(at + BlobSection.DIGEST, "the bootstrap does not have this SHA-256");
        }
        return MetadataBytes.of(blob.name() + " (" + BlobSection.BOOTSTRAP + ")", content);
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
                    case BlobSection.UNCOMPRESSED -> null;
                    case BlobSection.ZSTD -> Codec.ZSTD;
                    case BlobSection.LZ4 -> Codec.LZ4;
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
            throw table.broken(
                    at + BlobSection.CONTENT_SIZE, "a bootstrap with " + content.remaining() + " bytes too few");
        }
        return content.flip();
    }
}
