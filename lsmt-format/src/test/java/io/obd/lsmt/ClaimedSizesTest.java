package io.obd.lsmt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.obd.block.BlobException;
import io.obd.block.BlobReader;
import io.obd.block.TruncatedBlobException;
import io.obd.lsmt.blob.ZFile;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What a file claims costs memory only as far as the file has it. */
class ClaimedSizesTest {
    private static final int ZFILE_FLAGS = 32;
    private static final int ZFILE_INDEX_OFFSET = 40;
    private static final int ZFILE_INDEX_SIZE = 48;
    private static final int ZFILE_ORIGINAL_SIZE = 56;
    private static final int ZFILE_BLOCK_SIZE = 72;

    /** What one chunk of an index and the text of an error take. */
    private static final long LITTLE = 2 << 20;

    @Test
    void anIndexOfAMillionEntriesThatIsNotThere() throws IOException {
        ByteBuffer file = golden("corrupt/base/raw.lsmt");
        int trailer = file.limit() - LayerHeader.SIZE;
        file.putLong(trailer + LayerHeader.INDEX_SIZE_OFFSET, LayerFile.MAX_ENTRIES);

        assertCheap(() -> Layer.open(new Claim(file, file.limit())));
    }

    /** The source says that it has the index, as a registry may, and has it not. */
    @Test
    void anIndexOfAMillionEntriesInABlobThatEndsBeforeIt() throws IOException {
        ByteBuffer file = golden("corrupt/base/raw.lsmt");
        int size = file.limit() + LayerFile.MAX_ENTRIES * SegmentLayout.SIZE;
        ByteBuffer trailer = file.slice(file.limit() - LayerHeader.SIZE, LayerHeader.SIZE)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(LayerHeader.INDEX_SIZE_OFFSET, LayerFile.MAX_ENTRIES);

        assertCheap(() -> Layer.open(new Claim(file, size) {
            @Override
            public void read(long offset, ByteBuffer dst) throws IOException {
                if (offset == size - LayerHeader.SIZE) {
                    dst.put(trailer.duplicate());
                } else {
                    super.read(offset, dst);
                }
            }
        }));
    }

    @Test
    void aJumpTableOfABillionEntriesThatIsNotThere() throws IOException {
        ByteBuffer file = jumpTable(1_000_000_000);

        assertCheap(() -> ZFile.open(new Claim(file, file.limit())));
    }

    @Test
    void aJumpTableOfABillionEntriesInABlobThatEndsBeforeIt() throws IOException {
        assertCheap(() -> ZFile.open(new Claim(jumpTable(1_000_000_000), 1L << 40)));
    }

    @Test
    void aTarWhosePayloadIsLargerThanTheBlob() throws IOException {
        ByteBuffer file = golden("corrupt/base/lz4-tar.obd");

        assertCheap(() -> Layer.open(new Claim(file.limit(4096), 4096)));
    }

    private static ByteBuffer jumpTable(long blocks) throws IOException {
        ByteBuffer file = golden("corrupt/zfile-no-digest-flag.zfile");
        assertThat(file.getLong(ZFILE_FLAGS) & 8)
                .as("the header has the index fields")
                .isNotZero();
        return file.putLong(ZFILE_INDEX_SIZE, blocks)
                .putLong(ZFILE_ORIGINAL_SIZE, blocks * file.getInt(ZFILE_BLOCK_SIZE))
                .putLong(ZFILE_INDEX_OFFSET, file.getLong(ZFILE_INDEX_OFFSET));
    }

    private static ByteBuffer golden(String name) throws IOException {
        return ByteBuffer.wrap(Files.readAllBytes(Golden.file(name))).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void assertCheap(ThrowingCallable open) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long heap = threads.getCurrentThreadAllocatedBytes();
        long direct = directMemory();

        assertThatThrownBy(open).isInstanceOf(BlobException.class);

        assertThat(threads.getCurrentThreadAllocatedBytes() - heap).isLessThan(LITTLE);
        assertThat(directMemory() - direct).isLessThan(LITTLE);
    }

    private static long directMemory() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getTotalCapacity)
                .sum();
    }

    /** A blob that has fewer bytes than it says. */
    private static class Claim implements BlobReader {
        private final ByteBuffer content;
        private final long size;

        Claim(ByteBuffer content, long size) {
            this.content = content;
            this.size = size;
        }

        @Override
        public long size() {
            return size;
        }

        @Override
        public void read(long offset, ByteBuffer dst) throws IOException {
            if (offset < 0 || offset > content.limit() - dst.remaining()) {
                throw new TruncatedBlobException(name(), offset, dst.remaining(), content.limit());
            }
            dst.put(dst.position(), content, (int) offset, dst.remaining()).position(dst.limit());
        }

        @Override
        public String name() {
            return "claim";
        }

        @Override
        public void close() {}
    }
}
