package io.obd.rafs.data;

import io.obd.rafs.BlobContents;
import io.obd.rafs.BlobFeatures;
import io.obd.rafs.BlobSection;
import io.obd.rafs.ChunkInfoTable;
import io.obd.rafs.Compressor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Writes what is in a blob beside its chunks, and remembers it for the table of contents. */
final class BlobSections {
    private final BlobOutput out;
    private final List<BlobSection> sections = new ArrayList<>();

    BlobSections(BlobOutput out) {
        this.out = out;
    }

    /** Ends the section of chunks, which is all that was written so far. */
    void chunks(long uncompressedSize) throws IOException {
        long end = out.position();
        out.write(BlobSection.header(BlobSection.CHUNKS, end));
        // The original takes this digest after it has written the header.
        sections.add(new BlobSection(BlobSection.CHUNKS, Compressor.NONE, out.digest(), 0, end, uncompressedSize));
    }

    /**
     * Writes the chunk information.
     *
     * @param features of the blob whose chunks they are
     * @param encoder for that compressor
     */
    ChunkInfoTable chunkInfo(
            ChunkInfoRecords records, int chunks, BlobFeatures features, ChunkEncoder encoder, Compressor compressor)
            throws IOException {
        ByteBuffer content = ByteBuffer.wrap(records.toBytes());
        ByteBuffer compressed = encoder.encode(content.duplicate());
        ByteBuffer stored = compressed == null ? content : compressed;
        Compressor used = compressed == null ? Compressor.NONE : compressor;
        long offset = out.position();
        ChunkInfoTable table = new ChunkInfoTable("", 0, offset, stored.remaining(), content.remaining(), used);
        ByteBuffer header = ByteBuffer.wrap(
                ChunkInfoHeader.encode(features.bits(), chunks, table, records.contextsOffset(), records.contexts()));
        out.write(stored);
        out.write(header);
        if (features.hasSections()) {
            out.write(BlobSection.header(BlobSection.CHUNK_INFO, (long) stored.remaining() + header.remaining()));
            sections.add(new BlobSection(
                    BlobSection.CHUNK_INFO,
                    used,
                    BlobOutput.digest(content),
                    offset,
                    stored.remaining(),
                    content.remaining()));
            sections.add(new BlobSection(
                    BlobSection.CHUNK_INFO_HEADER,
                    Compressor.NONE,
                    BlobOutput.digest(header),
                    offset + stored.remaining(),
                    header.remaining(),
                    header.remaining()));
        }
        return table;
    }

    /** Writes the digests of all chunks. */
    void digests(byte[] digests) throws IOException {
        ByteBuffer content = ByteBuffer.wrap(digests);
        write(BlobSection.DIGESTS, Compressor.NONE, content, content);
    }

    /**
     * Writes the bootstrap.
     *
     * @param bootstrap with an array
     * @param compress whether it may be compressed, because a table of contents will say so
     */
    void bootstrap(ByteBuffer bootstrap, boolean compress) throws IOException {
        ByteBuffer content = bootstrap.duplicate();
        ByteBuffer compressed = null;
        if (compress) {
            try (ChunkEncoder zstd = new ChunkEncoder(Compressor.ZSTD)) {
                compressed = zstd.encode(content.duplicate());
            }
        }
        write(
                BlobSection.BOOTSTRAP,
                compressed == null ? Compressor.NONE : Compressor.ZSTD,
                content,
                compressed == null ? content : compressed);
    }

    private void write(String name, Compressor compressor, ByteBuffer content, ByteBuffer stored) throws IOException {
        sections.add(new BlobSection(
                name, compressor, BlobOutput.digest(content), out.position(), stored.remaining(), content.remaining()));
        out.write(stored);
        out.write(BlobSection.header(name, stored.remaining()));
    }

    /** Writes the table of contents. */
    BlobContents contents() throws IOException {
        ByteArrayOutputStream entries = new ByteArrayOutputStream();
        for (BlobSection section : sections) {
            entries.writeBytes(section.entry());
        }
        ByteBuffer table = ByteBuffer.wrap(entries.toByteArray());
        ByteBuffer header = ByteBuffer.wrap(BlobSection.header(BlobSection.CONTENTS, table.remaining()));
        out.write(table);
        out.write(header);
        return new BlobContents(table.remaining() + header.remaining(), BlobOutput.digest(table, header));
    }
}
