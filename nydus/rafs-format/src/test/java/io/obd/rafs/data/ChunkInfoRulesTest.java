package io.obd.rafs.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.block.BlobReader;
import io.obd.block.CorruptBlobException;
import io.obd.block.MalformedBlockException;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.Chunk;
import io.obd.rafs.ChunkInfoTable;
import io.obd.rafs.MemoryBlob;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Chunk information of blobs: its header, the records of chunks, and the contexts of batches and zran. */
class ChunkInfoRulesTest {
    private static final String BATCH = "v6-opt-batch/base.boot";
    private static final String ZRAN = "v6-targzref/base.boot";
    private static final int CONTEXTS_OFFSET = 40;
    private static final int RECORD = 24;

    private record Golden(Bootstrap image, BlobInfo info, ChunkInfoTable table, ChunkInfoData bytes) {
        static Golden load(String name) throws IOException {
            Bootstrap image = GoldenImage.load(name);
            BlobInfo info = image.blobs().getFirst();
            ChunkInfoTable table = info.chunkInfo().orElseThrow();
            ChunkInfoData read = ChunkInfoData.fetch(info, table, GoldenImage.blobs());
            return new Golden(image, info, table, read);
        }

        ChunkInfo decode() throws CorruptBlobException {
            return ChunkInfo.of(bytes, info, table);
        }

        int contexts() {
            return (int) bytes.header().getLong(CONTEXTS_OFFSET);
        }
    }

    private static void put(ByteBuffer bytes, int at, int size, long value) {
        byte[] field = ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array();
        bytes.put(at, field, 0, size);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 4, 1, magic",
        "4092, 4, 1, magic",
        "8, 4, 9, compressor",
        "12, 4, 7, number of chunks",
        "16, 8, 1, offset",
        "24, 8, 1, size",
        "32, 8, 1, size",
        "40, 8, -1, contexts in",
        "40, 8, 0x7fffffff, contexts in",
        "48, 8, 0x7fffffff, contexts in",
        "48, 8, -1, contexts in",
        "48, 8, 39, contexts in",
        "56, 4, -1, contexts in",
        "56, 4, 0x7fffffff, contexts in",
    })
    void aFieldOfTheHeaderThatBreaksARuleIsNamed(int offset, int size, String value, String rule) throws IOException {
        for (String image : new String[] {BATCH, ZRAN}) {
            Golden golden = Golden.load(image);
            put(golden.bytes().header(), offset, size, Long.decode(value));

            assertThatThrownBy(golden::decode)
                    .isInstanceOf(CorruptBlobException.class)
                    .hasMessageContaining(rule);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0, 4, 0, 'batch 0 has 0 bytes'",
        "0, 4, 0x7fffffff, 'batch 0 has 2147483647 bytes'",
        "4, 4, 0, '0 uncompressed'",
        "4, 4, 0x100001, '1048577 uncompressed'",
    })
    void aBatchThatCannotBeIsRefused(int field, int size, String value, String rule) throws IOException {
        Golden golden = Golden.load(BATCH);
        put(golden.bytes().data(), golden.contexts() + field, size, Long.decode(value));

        assertThatThrownBy(golden::decode)
                .isInstanceOf(CorruptBlobException.class)
                .hasMessageContaining(rule);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 8, -1",
        "16, 8, -1",
        "16, 8, 0x7fffffff",
        "24, 4, 0",
        "24, 4, 0x7fffffff",
        "24, 4, -1",
        "28, 4, 0",
        "28, 4, 0x7fffffff",
        "32, 4, 32769",
        "32, 4, -1",
        "37, 1, 8",
        "37, 1, -1",
    })
    void aContextOfZranThatCannotBeIsRefused(int field, int size, String value) throws IOException {
        Golden golden = Golden.load(ZRAN);
        put(golden.bytes().data(), golden.contexts() + field, size, Long.decode(value));

        assertThatThrownBy(golden::decode)
                .isInstanceOf(CorruptBlobException.class)
                .hasMessageContaining("context 0 has");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 4, 0x7fffff, ', in the bootstrap '",
        "4, 3, 0x7fffff, ', in the bootstrap '",
        "20, 4, 0x7fffffff, ' of context 2147483647'",
        "20, 4, -1, ' of context -1'",
        "16, 4, 0x7fffffff, ' is at 2147483647 of context '",
        "16, 4, -1, ' is at -1 of context '",
    })
    void theRecordOfAChunkIsComparedWithTheBootstrap(int field, int size, String value, String rule)
            throws IOException {
        for (String image : new String[] {BATCH, ZRAN}) {
            Golden golden = Golden.load(image);
            ChunkInfo sound = golden.decode();
            Chunk chunk = null;
            for (Chunk candidate : golden.image().chunks()) {
                if (candidate.blob() == 0 && sound.part(candidate) != null) {
                    chunk = candidate;
                }
            }
            assertThat(chunk).isNotNull();
            put(golden.bytes().data(), chunk.index() * RECORD + field, size, Long.decode(value));
            Chunk damaged = chunk;

            assertThatThrownBy(() -> golden.decode().part(damaged))
                    .isInstanceOf(CorruptBlobException.class)
                    .hasMessageContaining("chunk " + damaged.index())
                    .hasMessageContaining(rule);
        }
    }

    @Test
    void chunkInformationThatIsNotInTheBlobIsRefused() throws IOException {
        Golden golden = Golden.load(BATCH);
        byte[] blob =
                Files.readAllBytes(GoldenImage.file("blobs/" + golden.table().blobId()));
        ByteBuffer cut = ByteBuffer.wrap(blob, 0, blob.length - 1).slice();

        assertThatThrownBy(() -> ChunkInfoData.fetch(golden.info(), golden.table(), _ -> new MemoryBlob(cut)))
                .isInstanceOf(CorruptBlobException.class)
                .hasMessageContaining("the header of chunk information is not in the blob");
    }

    @ParameterizedTest
    @ValueSource(strings = {BATCH, ZRAN})
    void whateverIsDamagedEndsWithAnErrorOfTheFormatOrNotAtAll(String image) throws IOException {
        Random random = new Random(7);
        Golden sound = Golden.load(image);
        ByteBuffer original = sound.bytes().data();
        int refused = 0;
        try (BlobReader blob = GoldenImage.blobs().open(sound.info().id())) {
            for (int i = 0; i < 100; i++) {
                ByteBuffer data = ByteBuffer.allocate(original.limit()).order(ByteOrder.LITTLE_ENDIAN);
                data.put(original.duplicate()).flip();
                // Half of the damage is where the contexts are, which are few.
                for (int changes = random.nextInt(1, 5); changes > 0; changes--) {
                    int from = random.nextBoolean() ? sound.contexts() : 0;
                    data.put(random.nextInt(from, Math.min(data.limit(), from + 400)), (byte) random.nextInt());
                }
                ChunkInfoData damaged =
                        new ChunkInfoData("damaged", sound.bytes().header(), data);
                try {
                    ChunkInfo info = ChunkInfo.of(damaged, sound.info(), sound.table());
                    for (Chunk chunk : sound.image().chunks().subList(0, 2)) {
                        ChunkInfo.Part part = info.part(chunk);
                        if (part != null) {
                            var _ = info.context(part).decompress(blob);
                        }
                    }
                } catch (IOException | MalformedBlockException e) {
                    refused++;
                }
            }
        }

        assertThat(refused).isPositive();
    }
}
