package io.obd.rafs.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.block.BlobException;
import io.obd.block.BlobReader;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.Chunk;
import io.obd.rafs.ChunkInfoTable;
import io.obd.rafs.Compressor;
import io.obd.rafs.Digester;
import io.obd.rafs.MemoryBlob;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever chunk information says, a chunk is read with its content, or what is wrong is named. */
@Timeout(120)
class DamagedChunkInfoTest {
    private static final String ID = "chunk-information";
    private static final int RECORD = 24;
    private static final int CONTEXT = 40;
    private static final int CHANGES = 250;
    private static final byte[] INTERESTING = {0, 1, 0x7f, (byte) 0x80, (byte) 0xff};

    @ParameterizedTest
    @CsvSource({"v6-targzref/base.boot,true", "v6-opt-batch/base.boot,false"})
    void noByteOfItMakesContentWrong(String name, boolean zran) throws IOException {
        Bootstrap image = GoldenImage.load(name);
        BlobInfo blob = image.blobs().getFirst();
        assertThat(blob.features().isZran()).isEqualTo(zran);
        ChunkInfoTable table = blob.chunkInfo().orElseThrow();
        byte[] content;
        byte[] header = new byte[ChunkInfoHeader.SIZE];
        try (BlobReader stored = GoldenImage.blobs().open(table.blobId())) {
            content = decompress(stored, table);
            stored.read(table.offset() + table.compressedSize(), ByteBuffer.wrap(header));
        }
        Random random = new Random(7);
        int refused = 0;
        for (int i = 0; i < CHANGES; i++) {
            byte[] changed = content.clone();
            byte[] changedHeader = header.clone();
            int at = change(random, changed, changedHeader, blob.chunkCount());
            if (!readOrRefuse(image, changed, changedHeader, at)) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(CHANGES / 10);
    }

    /** Changes a byte of a record, of a context or of the header, and says which one of the first. */
    private static int change(Random random, byte[] content, byte[] header, int chunks) {
        int contexts = chunks * RECORD;
        byte value =
                random.nextBoolean() ? INTERESTING[random.nextInt(INTERESTING.length)] : (byte) random.nextInt(256);
        switch (random.nextInt(3)) {
            case 0 -> header[40 + random.nextInt(20)] = value;
            case 1 -> content[contexts + random.nextInt(Math.min(2 * CONTEXT, content.length - contexts))] = value;
            default -> {
                int at = random.nextInt(contexts);
                content[at] = value;
                return at / RECORD;
            }
        }
        return random.nextInt(chunks);
    }

    private static boolean readOrRefuse(Bootstrap image, byte[] content, byte[] header, int index) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(content.length + header.length);
        ChunkInfoTable table =
                new ChunkInfoTable(ID, bytes.capacity(), 0, content.length, content.length, Compressor.NONE);
        // Where the table is and how it is compressed is said again in the header.
        ByteBuffer.wrap(header)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(8, Compressor.NONE.number())
                .putLong(16, 0)
                .putLong(24, content.length)
                .putLong(32, content.length);
        bytes.put(content).put(header);
        Bootstrap other = withTable(image, table);
        BlobSource source = id ->
                id.equals(ID) ? new MemoryBlob(bytes) : GoldenImage.blobs().open(id);
        Chunk chunk = image.chunks().stream()
                .filter(candidate -> candidate.index() == index)
                .findFirst()
                .orElse(image.chunks().getFirst());
        try (ChunkReader reader = new ChunkReader(other, source, true)) {
            ByteBuffer read = ByteBuffer.allocate(chunk.uncompressedSize());
            reader.read(chunk, read);
            Digester digester = image.blobs().getFirst().digester();
            assertThat(digester.digest(read.flip())).isEqualTo(chunk.digest());
            return true;
        } catch (BlobException e) {
            assertThat(e.getMessage()).isNotEmpty();
            return false;
        }
    }

    private static Bootstrap withTable(Bootstrap image, ChunkInfoTable table) {
        BlobInfo blob = image.blobs().getFirst();
        BlobInfo other = new BlobInfo(
                blob.index(),
                blob.id(),
                blob.features(),
                blob.compressor(),
                blob.digester(),
                blob.chunkCount(),
                blob.chunkSize(),
                blob.compressedSize(),
                blob.uncompressedSize(),
                blob.readAhead(),
                Optional.of(table),
                blob.contents());
        return new Bootstrap(
                image.version(),
                image.flags(),
                image.chunkSize(),
                List.of(other),
                image.root(),
                image.inodeCount(),
                image.nameCount(),
                image.chunks(),
                image.prefetch(),
                image.tables());
    }

    private static byte[] decompress(BlobReader blob, ChunkInfoTable table) throws IOException {
        ByteBuffer content = ByteBuffer.allocateDirect((int) table.uncompressedSize());
        ChunkInfoData.decompress(blob, table, content);
        byte[] bytes = new byte[content.capacity()];
        content.flip().get(bytes);
        return bytes;
    }
}
