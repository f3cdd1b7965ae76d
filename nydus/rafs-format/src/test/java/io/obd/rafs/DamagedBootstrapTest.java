package io.obd.rafs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.block.CorruptBlobException;
import io.obd.fs.tar.ByteString;
import io.obd.rafs.data.GoldenImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DamagedBootstrapTest {
    private static final String V5 = "v5-none/base.boot";
    private static final String V5_PREFETCH = "v5-opt-prefetch-aligned/base.boot";
    private static final String V6 = "v6-none/base.boot";

    /** Root directory of the golden image: inodes begin at block 2, the root is number 128. */
    private static final int V6_ROOT = 2 * 4096 + 128 * 32;

    private static final int V6_CHUNKS = 73728;

    /** Inodes of the image with a prefetch table: a/b, and the second name of a file. */
    private static final int V5_DIRECTORY = 0x2a00;

    private static final int V5_LINK = 0x17af0;

    @ParameterizedTest
    @CsvSource({
        // super block
        "1024, 4, 0, 'no RAFS bootstrap'",
        "1028, 4, 1, 'a checksum'",
        "1032, 4, 0, 'not RAFS'",
        "1036, 1, 9, 'blocks of 2^9'",
        "1037, 1, 1, 'a longer super block'",
        "1038, 2, 0xffff, 'inode 65535 is not in the file'",
        "1040, 8, 0, '0 inodes'",
        "1040, 8, 5, 'more names than the super block has inodes'",
        "1064, 4, 0xffff, 'inodes begin at byte'",
        "1104, 4, 0xd, 'features 0xd, not 0xc'",
        "1110, 2, 2, 'a blob table of 256 bytes for 2 devices'",
        "1112, 2, 12, 'the device table begins at slot 12'",
        // extended super block
        "1152, 8, 0x1000004, 'not one compressor'",
        "1152, 8, 0x40001000035, 'unknown flags 0x40000000000'",
        "1152, 8, 0x2000035, 'encrypted'",
        "1152, 8, 0x1000037, 'two compressors'",
        "1160, 8, 0x7fffff00, 'not in the file'",
        "1160, 8, 1024, 'overlaps'",
        "1172, 4, 0x100001, 'chunks of 1048577 bytes'",
        "1176, 8, 4096, 'overlaps'",
        "1184, 8, 81, 'a chunk table of 81 bytes'",
        // device table and blob table
        "1408, 1, 0x78, 'the device is'",
        "1472, 4, 0, 'a device without blocks'",
        "4160, 4, 1, 'blob 0 says that it is 1'",
        "4164, 4, 4096, 'chunks of 4096 bytes, not 1048576'",
        "4172, 4, 9, 'unknown compressor 9'",
        "4176, 4, 2, 'unknown digester 2'",
        "4180, 4, 0x40001001, 'unknown features'",
        "4180, 4, 0x40000000, 'features 0x40000000'",
        "4180, 4, 0x40000081, 'batches or zran without long records'",
        "4180, 4, 0x40000101, 'encrypted'",
        "4184, 8, 100, 'which has 100'",
        "4224, 8, 17, 'chunk information of 17 bytes'",
        "4312, 4, 1, 'encrypted'",
    })
    void aFieldOfVersion6ThatBreaksARuleIsNamed(int offset, int size, String value, String rule) throws IOException {
        assertRefused(V6, offset, size, Long.decode(value), rule);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 2, 0x40, 'an inode of format 0x40'",
        "0, 2, 9, 'a directory of layout 4'",
        "4, 2, 0x0fff, 'mode'",
        "4, 2, 0x81ed, 'a regular file of layout'",
        "8, 8, 0x7fffffffffff, 'a block of a directory'",
        "40, 4, 1000000000, 'nanoseconds'",
    })
    void anInodeOfVersion6ThatBreaksARuleIsNamed(int field, int size, String value, String rule) throws IOException {
        assertRefused(V6, V6_ROOT + field, size, Long.decode(value), rule);
    }

    @ParameterizedTest
    @CsvSource({
        "32, 4, 7, 'a chunk in blob 7 of 1'",
        "36, 4, 0x14, 'encrypted'",
        "36, 4, 0x40, 'unknown flags of a chunk'",
        "44, 4, 0, 'a chunk of 0 bytes'",
        "44, 4, 0x200000, 'a chunk of 2097152 bytes'",
        "48, 8, 0x7fffffff, 'which has 1441765'",
        "56, 8, 0x7fffffff, 'uncompressed'",
        "72, 4, 250, 'chunk 250 of a blob with 250'",
    })
    void aChunkThatIsNotInItsBlobIsRefused(int field, int size, String value, String rule) throws IOException {
        assertRefused(V6, V6_CHUNKS + field, size, Long.decode(value), rule);
    }

    @ParameterizedTest
    @CsvSource({
        "4, 4, 0x600, 'version 0x600'",
        "8, 4, 4096, 'a super block of 4096'",
        "12, 4, 3, 'chunks of 3 bytes'",
        "16, 8, 0, 'not one compressor'",
        "24, 8, 1000000, 'inodes with'",
        "32, 8, 0x7fffffff, 'a table of'",
        "32, 8, 8196, 'a table of'",
        "48, 8, 8192, 'overlaps'",
        "56, 4, 0, '0 names'",
        "56, 4, 9, 'inode'",
        "68, 4, 2, 'in the extended table'",
        "8192, 4, 1, 'inode 1 at 8 of'",
    })
    void aFieldOfVersion5ThatBreaksARuleIsNamed(int offset, int size, String value, String rule) throws IOException {
        assertRefused(V5, offset, size, Long.decode(value), rule);
    }

    @ParameterizedTest
    @CsvSource({
        "1192, 8, 4096, 'overlaps'",
        "1192, 8, 0x7fffff00, 'not in the file'",
        "1200, 4, 13, 'a prefetch table of 13 bytes'",
        "4352, 4, 777777, 'inode 777777 is to be prefetched and has no name'",
    })
    void aPrefetchTableOfVersion6ThatBreaksARuleIsRefused(int offset, int size, String value, String rule)
            throws IOException {
        assertRefused("v6-opt-prefetch/base.boot", offset, size, Long.decode(value), rule);
    }

    @ParameterizedTest
    @CsvSource({
        "40, 8, 9912, 'overlaps'",
        "40, 8, 0x7fffff00, 'a table of'",
        "60, 4, 0x7fffffff, 'a table of'",
        "9904, 4, 777777, 'inode 777777 is to be prefetched and has no name'",
    })
    void aPrefetchTableOfVersion5ThatBreaksARuleIsRefused(int offset, int size, String value, String rule)
            throws IOException {
        assertRefused(V5_PREFETCH, offset, size, Long.decode(value), rule);
    }

    @ParameterizedTest
    @CsvSource({
        // a/b begins with itself, its parent, the root, none, somebody else's child, and has too many
        "92, 4, 36, 'has the number of another inode, 36'",
        "92, 4, 4, 'has the number of another inode, 4'",
        "92, 4, 1, 'is no name of a file'",
        "92, 4, 0, 'inode 0 of 427'",
        "92, 4, 427, 'the digest of inode 36'",
        "96, 4, 0x7fffffff, 'stands behind'",
    })
    void aLoopOfDirectoriesOfVersion5IsRefused(int field, int size, String value, String rule) throws IOException {
        assertRefused(V5_PREFETCH, V5_DIRECTORY + field, size, Long.decode(value), rule);
    }

    @Test
    void aHardLinkToSomethingElseIsRefused() throws IOException {
        assertRefused(V5_PREFETCH, V5_LINK + 40, 8, 9, "has the number of another inode, 9");
        assertRefused(V5_PREFETCH, V5_LINK + 40, 8, 4, "has the number of another inode, 4");
    }

    /** The sizes add up and each is allowed, but a reader that divides by the chunk size would look into the wrong one. */
    @Test
    void aFileOfVersion5WhoseFirstChunkIsShortIsRefused() throws IOException {
        ByteBuffer bytes = golden(V5);
        Inode file =
                firstWithChunks(Bootstrap.load(new MemoryBlob(bytes), "own").root(), 2);
        int first = chunkRecord(bytes, file.chunks().getFirst());
        int second = first + 80;
        int moved = file.chunks().getFirst().uncompressedSize()
                - file.chunks().getLast().uncompressedSize();
        for (int size : new int[] {40, 44}) {
            int length = bytes.getInt(first + size);
            bytes.putInt(first + size, bytes.getInt(second + size));
            bytes.putInt(second + size, length);
        }
        for (int offset : new int[] {48, 56, 64}) {
            bytes.putLong(second + offset, bytes.getLong(second + offset) - moved);
        }

        assertThatThrownBy(() -> Bootstrap.load(new MemoryBlob(bytes), "own"))
                .isInstanceOf(CorruptBlobException.class)
                .hasMessageContaining("at byte " + first)
                .hasMessageContaining("for byte 0 of its file where one of 1048576 for 0 is expected");
    }

    private static Inode firstWithChunks(Inode directory, int chunks) {
        Deque<Inode> rest = new ArrayDeque<>(List.of(directory));
        while (!rest.isEmpty()) {
            Inode inode = rest.pop();
            if (inode.chunks().size() == chunks) {
                return inode;
            }
            inode.entries().forEach(entry -> rest.push(entry.inode()));
        }
        throw new IllegalStateException("no file of " + chunks + " chunks");
    }

    /** Where a chunk of version 5 stands: it begins with its digest, and has its place in the blob. */
    private static int chunkRecord(ByteBuffer bytes, Chunk chunk) {
        ByteBuffer digest = ByteBuffer.wrap(chunk.digest().toBytes());
        for (int at = 0; at < bytes.capacity() - 80; at += 8) {
            if (bytes.slice(at, digest.capacity()).equals(digest)
                    && bytes.getLong(at + 48) == chunk.compressedOffset()) {
                return at;
            }
        }
        throw new IllegalStateException("no record of chunk " + chunk.index());
    }

    @Test
    void aNameOfVersion6LeadsToAnInodeOfItsType() throws IOException {
        ByteBuffer bytes = golden(V6);
        Bootstrap image = Bootstrap.load(new MemoryBlob(bytes), "own");
        Inode link = first(image.root(), Inode::isSymlink);
        Inode file = first(image.root(), Inode::isRegular);
        bytes.putLong(entry(bytes, file.number(), 1), link.number());

        assertThatThrownBy(() -> Bootstrap.load(new MemoryBlob(bytes), "own"))
                .isInstanceOf(CorruptBlobException.class)
                .hasMessageContaining("has type 1, its inode 7");
    }

    @Test
    void aDirectoryThatLeadsBackUpIsRefused() throws IOException {
        ByteBuffer bytes = golden(V6);
        Bootstrap image = Bootstrap.load(new MemoryBlob(bytes), "own");
        Inode upper = child(image.root(), "a");
        Inode inner = child(child(upper, "b"), "c");
        bytes.putLong(entry(bytes, inner.number(), 2), upper.number());

        assertThatThrownBy(() -> Bootstrap.load(new MemoryBlob(bytes), "own"))
                .isInstanceOf(CorruptBlobException.class)
                .hasMessageContaining("is a second name of a directory");
    }

    private static Inode child(Inode directory, String name) {
        return Objects.requireNonNull(directory.child(ByteString.of(name)), name);
    }

    private static Inode first(Inode directory, Predicate<Inode> wanted) {
        return directory.entries().stream()
                .map(Inode.Entry::inode)
                .filter(wanted)
                .findFirst()
                .orElseThrow();
    }

    /** Where the first entry of a directory is that leads to an inode: that in its parent. */
    private static int entry(ByteBuffer bytes, long number, int type) {
        for (int at = V6_ROOT; at < bytes.capacity() - 12; at += 4) {
            if (bytes.getLong(at) == number && bytes.get(at + 10) == type && bytes.get(at + 11) == 0) {
                return at;
            }
        }
        throw new IllegalStateException("nothing leads to inode " + number);
    }

    @Test
    void aDirectoryInsideItselfIsRefused() throws IOException {
        ByteBuffer bytes = golden(V6);
        // The last entry of the root's first block becomes the root once more.
        int block = V6_ROOT + 64;
        int count = bytes.getShort(block + 8) / 12;
        int directory = -1;
        for (int i = 0; i < count; i++) {
            boolean dots = i == dotIndex(bytes, block, count) || i == dotIndex(bytes, block, count) + 1;
            if (bytes.get(block + i * 12 + 10) == 2 && !dots) {
                directory = block + i * 12;
            }
        }
        bytes.putLong(directory, 128);

        assertThatThrownBy(() -> Bootstrap.load(new MemoryBlob(bytes), "own"))
                .isInstanceOf(CorruptBlobException.class)
                .hasMessageContaining("is a second name of a directory");
    }

    /** Entries "." and ".." follow each other; "." is the first with the root's number. */
    private static int dotIndex(ByteBuffer bytes, int block, int count) {
        for (int i = 0; i < count; i++) {
            if (bytes.getLong(block + i * 12) == 128) {
                return i;
            }
        }
        throw new IllegalStateException("no entry of the directory itself");
    }

    @Test
    void aBootstrapAtTheEndOfABlobHasToHaveItsDigest() throws IOException {
        ByteBuffer bytes = golden("blobs/51645562b06e22974c0231de34ccdee92a26e4478aaa78f4e428b55dc17fb576");
        int contents = 43137;
        int entry = contents + 4 * 128;
        bytes.put(entry + 24, (byte) (bytes.get(entry + 24) ^ 1));

        assertThatThrownBy(() -> Bootstrap.load(new MemoryBlob(bytes), "own"))
                .isInstanceOf(CorruptBlobException.class)
                .hasMessageContaining("the bootstrap does not have this SHA-256");

        bytes.putLong(entry + 64, 1L << 40);

        assertThatThrownBy(() -> Bootstrap.load(new MemoryBlob(bytes), "own"))
                .isInstanceOf(CorruptBlobException.class)
                .hasMessageContaining("2 GiB is the most");
    }

    @Test
    void theDigestOfAnInodeOfVersion5IsCompared() throws IOException {
        ByteBuffer bytes = golden(V5);
        int root = bytes.getInt(8192) * 8;
        bytes.put(root, (byte) (bytes.get(root) ^ 1));

        assertThatThrownBy(() -> Bootstrap.load(new MemoryBlob(bytes), "own"))
                .isInstanceOf(CorruptBlobException.class)
                .hasMessageContaining("at byte " + root)
                .hasMessageContaining("the digest of inode 1");
    }

    @ParameterizedTest
    @ValueSource(strings = {V5, V6, "v6-opt-batch/base.boot", "v6-tarfs/layer2.boot"})
    void whateverIsDamagedEndsWithAnErrorOfTheFormatOrNotAtAll(String image) throws IOException {
        Random random = new Random(42);
        int refused = 0;
        for (int i = 0; i < 400; i++) {
            ByteBuffer bytes = golden(image);
            for (int changes = random.nextInt(1, 5); changes > 0; changes--) {
                bytes.put(random.nextInt(bytes.capacity()), (byte) random.nextInt());
            }
            try {
                Bootstrap.load(new MemoryBlob(bytes), "own");
            } catch (CorruptBlobException e) {
                refused++;
            }
        }

        assertThat(refused).isPositive();
    }

    @ParameterizedTest
    @ValueSource(strings = {V5, V6})
    void aFileThatEndsTooEarlyIsRefused(String image) throws IOException {
        ByteBuffer whole = golden(image);
        for (int size = 0; size < whole.capacity() - 4096; size += 1999) {
            ByteBuffer part =
                    ByteBuffer.allocate(size).put(whole.slice(0, size)).clear();

            assertThatThrownBy(() -> Bootstrap.load(new MemoryBlob(part), "own"))
                    .isInstanceOf(CorruptBlobException.class);
        }
    }

    private static void assertRefused(String image, int offset, int size, long value, String rule) throws IOException {
        ByteBuffer bytes = golden(image);
        byte[] field = ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array();
        bytes.put(offset, field, 0, size);

        assertThatThrownBy(() -> Bootstrap.load(new MemoryBlob(bytes), "own"))
                .isInstanceOf(CorruptBlobException.class)
                .hasMessageStartingWith("damaged.boot: at byte ")
                .hasMessageContaining(rule);
    }

    private static ByteBuffer golden(String image) throws IOException {
        return ByteBuffer.wrap(Files.readAllBytes(GoldenImage.file(image))).order(ByteOrder.LITTLE_ENDIAN);
    }
}
