package io.obd.lsmt;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.block.FileBlob;
import io.obd.linux.SparseFile;
import io.obd.lsmt.WritableLayer.Kind;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.lifecycle.BeforeTry;

/** Writable layers that are cut off while they are written: what was flushed is there, and nothing is invented. */
class CrashPropertyTest {
    private static final int SIZE = 16 << 10;
    private static final int OPERATIONS = 6;

    private final List<Step> steps = new ArrayList<>();
    private Path dir = Path.of("");

    /** The disk and the lengths of the files after an operation. */
    private record Step(ByteBuffer content, long dataSize, long indexSize) {}

    @BeforeTry
    void makeDirectory() throws IOException {
        dir = Files.createTempDirectory("crash");
        steps.clear();
    }

    @AfterTry
    void removeDirectory() throws IOException {
        try (Stream<Path> files = Files.walk(dir)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** The data file and the index file are written on their own: each may have lost any number of bytes at its end. */
    @Property(tries = 1)
    void aLogThatIsCutAtAnyByteHoldsThePrefixThatIsWhole(@ForAll long seed) throws IOException {
        Random random = new Random(seed);
        write(Kind.LOG, random);
        byte[] fullData = Files.readAllBytes(dir.resolve("data"));
        byte[] fullIndex = Files.readAllBytes(dir.resolve("index"));
        for (int length = LayerHeader.SIZE; length < fullData.length; length++) {
            assertHoldsPrefix(fullData, length, fullIndex, fullIndex.length);
        }
        for (int length = LayerHeader.SIZE; length < fullIndex.length; length++) {
            assertHoldsPrefix(fullData, fullData.length, fullIndex, length);
            int lost = random.nextInt(fullData.length - LayerHeader.SIZE);
            assertHoldsPrefix(fullData, fullData.length - lost, fullIndex, length);
        }
    }

    /** A file may have grown before its content reached the disk: then it ends with zeros. */
    @Property(tries = 1)
    void aLogWhoseIndexEndsWithZerosHoldsWhatIsBeforeThem(@ForAll long seed) throws IOException {
        write(Kind.LOG, new Random(seed));
        byte[] fullData = Files.readAllBytes(dir.resolve("data"));
        byte[] fullIndex = Files.readAllBytes(dir.resolve("index"));
        for (int at = LayerHeader.SIZE; at < fullIndex.length; at += SegmentLayout.SIZE) {
            byte[] zeros = fullIndex.clone();
            Arrays.fill(zeros, at, Math.min(fullIndex.length, at + 2 * SegmentLayout.SIZE), (byte) 0);
            restore(fullData, fullData.length, zeros, zeros.length);
            assertThat(reopened()).isEqualTo(content(whole(fullData.length, at)));
        }
    }

    /** In some cases also writes on, which costs more time. */
    private void assertHoldsPrefix(byte[] data, int dataLength, byte[] index, int indexLength) throws IOException {
        restore(data, dataLength, index, indexLength);
        byte[] expected = content(whole(dataLength, indexLength));
        assertThat(Arrays.equals(reopened(), expected))
                .as("%d bytes of data, %d of the index", dataLength, indexLength)
                .isTrue();
        if ((dataLength + indexLength) % 16 != 0) {
            return;
        }
        // What is written next is there as well, and the log is whole again.
        try (LayeredImage image = LayeredImage.open(List.of(), open())) {
            image.write(512, ByteBuffer.allocate(512).put(0, (byte) 99));
        }
        Arrays.fill(expected, 512, 1024, (byte) 0);
        expected[512] = 99;
        assertThat(reopened()).isEqualTo(expected);
    }

    /** Number of operations whose data and entries are within these lengths. */
    private int whole(long dataLength, long indexLength) {
        int whole = 0;
        while (whole < steps.size()
                && steps.get(whole).dataSize <= dataLength
                && steps.get(whole).indexSize <= indexLength) {
            whole++;
        }
        return whole;
    }

    private byte[] content(int operations) {
        byte[] content = new byte[SIZE];
        if (operations > 0) {
            steps.get(operations - 1).content.get(0, content);
        }
        return content;
    }

    private void restore(byte[] data, int dataLength, byte[] index, int indexLength) throws IOException {
        Files.write(dir.resolve("data"), Arrays.copyOf(data, dataLength));
        Files.write(dir.resolve("index"), Arrays.copyOf(index, indexLength));
    }

    /** Metadata is overwritten in place, so a lost entry may leave the newer content of a sector that an older one has. */
    @Property(tries = 1)
    void aTurboOciIndexThatIsCutAtAnyByteLeavesNothingThatWasNeverWritten(@ForAll long seed) throws IOException {
        write(Kind.TURBO_OCI, new Random(seed));
        byte[] fullIndex = Files.readAllBytes(dir.resolve("index"));
        for (int length = LayerHeader.SIZE; length <= fullIndex.length; length++) {
            Files.write(dir.resolve("index"), Arrays.copyOf(fullIndex, length));
            int whole = whole(Long.MAX_VALUE, length);
            byte[] found = reopened();
            byte[] sure = content(whole);
            List<Step> lost = steps.subList(whole, steps.size());
            for (int i = 0; i < SIZE; i++) {
                int at = i;
                if (found[at] != sure[at]) {
                    assertThat(lost).anyMatch(s -> s.content.get(at) == found[at]);
                }
            }
        }
    }

    /**
     * Any of the blocks that an operation changes may have reached the disk, in any order. A block that was a hole is
     * there or not, since a file system makes it a part of the file when its content is on the disk; one that was there
     * may be cut at any byte.
     */
    @Property(tries = 8)
    void aSparseLayerHoldsTheOldOrTheNewBytesOfTheOperationThatWasCut(@ForAll long seed) throws IOException {
        Random random = new Random(seed);
        DiskModel model = new DiskModel(random, SIZE);
        Path lower = dir.resolve("lower");
        try (LayerWriter writer = LayerWriter.create(lower, SIZE, null, LayerOptions.PLAIN)) {
            model.operate(writer, 3);
            writer.finish();
        }
        create(Kind.SPARSE).close();
        for (int i = 0; i < OPERATIONS; i++) {
            byte[] before = model.content();
            Files.copy(dir.resolve("data"), dir.resolve("before"));
            punchAsIn(dir.resolve("data"), dir.resolve("before"));
            try (LayeredImage image = stacked(lower)) {
                model.operate(image, 1);
            }
            byte[] after = model.content();
            Files.copy(dir.resolve("data"), dir.resolve("after"));
            punchAsIn(dir.resolve("data"), dir.resolve("after"));
            for (int cut = 0; cut < 20; cut++) {
                mix(random);
                byte[] found;
                try (LayeredImage image = stacked(lower)) {
                    found = DiskModel.read(image, 0, SIZE, true);
                }
                for (int at = 0; at < SIZE; at++) {
                    if (found[at] != before[at]) {
                        assertThat(found[at]).as("byte %d", at).isEqualTo(after[at]);
                    }
                }
            }
            Files.delete(dir.resolve("data"));
            Files.move(dir.resolve("after"), dir.resolve("data"));
            Files.delete(dir.resolve("before"));
        }
        try (LayeredImage image = stacked(lower)) {
            model.assertIsHeldBy(image);
        }
    }

    /** Makes {@code data} of blocks of {@code before} and {@code after}. */
    private void mix(Random random) throws IOException {
        Path data = dir.resolve("data");
        byte[] before = Files.readAllBytes(dir.resolve("before"));
        byte[] after = Files.readAllBytes(dir.resolve("after"));
        Files.delete(data);
        try (SparseFile old = SparseFile.open(dir.resolve("before"));
                SparseFile changed = SparseFile.open(dir.resolve("after"));
                RandomAccessFile file = new RandomAccessFile(data.toFile(), "rw")) {
            file.setLength(before.length);
            for (int at = 0; at < before.length; at += 4096) {
                boolean was = old.nextData(at) == at;
                boolean is = changed.nextData(at) == at;
                int cut = random.nextBoolean() ? 0 : 4096;
                if (was && is && random.nextBoolean()) {
                    cut = random.nextInt(4097);
                }
                if (cut == 0 ? was : is) {
                    file.seek(at);
                    file.write(after, at, cut);
                    file.write(before, at + cut, 4096 - cut);
                }
            }
        }
    }

    /** A copy may have made data of holes. */
    private static void punchAsIn(Path original, Path copy) throws IOException {
        try (SparseFile from = SparseFile.open(original);
                SparseFile to = SparseFile.open(copy)) {
            long size = Files.size(original);
            for (long hole = from.nextHole(0); hole < size; ) {
                long data = from.nextData(hole);
                long end = data < 0 ? size : data;
                assertThat(to.punchHole(hole, end - hole)).isTrue();
                hole = data < 0 ? size : from.nextHole(data);
            }
        }
    }

    private LayeredImage stacked(Path lower) throws IOException {
        return LayeredImage.open(List.of(Layer.open(FileBlob.open(lower))), open());
    }

    private void write(Kind kind, Random random) throws IOException {
        DiskModel model = new DiskModel(random, SIZE);
        try (WritableLayer layer = create(kind);
                FileChannel data = FileChannel.open(dir.resolve("data"), StandardOpenOption.READ);
                FileChannel index = FileChannel.open(dir.resolve("index"), StandardOpenOption.READ)) {
            LayeredImage image = LayeredImage.open(List.of(), layer);
            for (int i = 0; i < OPERATIONS; i++) {
                int offset = random.nextInt(SIZE / 512 - 3) * 512;
                int length = (1 + random.nextInt(2)) * 512;
                if (random.nextInt(3) == 0) {
                    model.discard(image, offset, length);
                } else {
                    model.write(image, offset, length);
                }
                steps.add(new Step(ByteBuffer.wrap(model.content()), data.size(), index.size()));
            }
        }
    }

    private WritableLayer create(Kind kind) throws IOException {
        return WritableLayer.create(kind, dir.resolve("data"), dir.resolve("index"), SIZE, LayerHeader.NIL);
    }

    private WritableLayer open() throws IOException {
        return WritableLayer.open(dir.resolve("data"), dir.resolve("index"));
    }

    private byte[] reopened() throws IOException {
        try (LayeredImage image = LayeredImage.open(List.of(), open())) {
            return DiskModel.read(image, 0, SIZE, true);
        }
    }
}
