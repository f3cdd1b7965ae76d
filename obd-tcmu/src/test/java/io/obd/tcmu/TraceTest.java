package io.obd.tcmu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.block.BlobReader;
import io.obd.block.BlockStore;
import io.obd.block.FileBlob;
import io.obd.image.DownloadConfig;
import io.obd.image.ImageConfig;
import io.obd.image.ImageConfig.Lower;
import io.obd.image.ImageConfig.Upper;
import io.obd.image.RemoteBlobs;
import io.obd.lsmt.LayerOptions;
import io.obd.lsmt.LayerWriter;
import io.obd.registry.Digest;
import io.obd.tcmu.download.ImageDownloads;
import io.obd.tcmu.trace.ImageTraces;
import io.obd.tcmu.watch.DataPathWatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Traces of an image of two layers that come from elsewhere. */
@Timeout(30)
class TraceTest {
    private static final int SIZE = 16 << 20;
    private static final int BLOCK = 4096;
    private static final Path NO_TRACE = Path.of("");

    @TempDir
    Path dir;

    private final Map<String, Path> remote = new ConcurrentHashMap<>();

    /** Places that were read, in blocks of 64 KiB: digest and number. */
    private final ConcurrentSkipListSet<String> seen = new ConcurrentSkipListSet<>();

    private final RemoteBlobs blobs = (_, digest, _) -> new Seen(digest);
    private final RegistryImages images = new RegistryImages(
            _ -> blobs, new ImageTraces(4), new ImageDownloads(DownloadConfig.DEFAULT), DataPathWatch.NOBODY);

    @Test
    void whatWasReadIsRecordedAndReadAheadTheNextTime() throws Exception {
        Path trace = Files.createFile(dir.resolve("trace"));
        List<Lower> lowers = List.of(layer("lower", 0, SIZE), layer("upper", 3 << 20, 5 << 20));
        seen.clear();
        try (BlockStore image = open(lowers, false, trace)) {
            assertThat(dir.resolve("trace.lock")).exists();
            readSome(image);
            assertThat(trace).isEmptyFile();
        }
        List<String> read = List.copyOf(seen);
        assertThat(dir.resolve("trace.lock")).doesNotExist();
        assertThat(dir.resolve("trace.ok")).exists();
        assertThat(Files.size(trace)).isEqualTo(24 + 40 * 24);

        seen.clear();
        try (BlockStore image = open(lowers, false, trace)) {
            assertThat(image.size()).isEqualTo(SIZE);
            Await.that("all is read ahead", () -> seen.containsAll(read));
        }
        assertThat(seen).hasSameElementsAs(read);
        assertThat(dir.resolve("trace.lock")).doesNotExist();
    }

    @Test
    void recordingEndsWhenTheLockIsRemoved() throws Exception {
        Path trace = Files.createFile(dir.resolve("trace"));
        try (BlockStore image = open(List.of(layer("lower", 0, SIZE)), false, trace)) {
            image.read(BLOCK, ByteBuffer.allocateDirect(BLOCK));
            Files.delete(dir.resolve("trace.lock"));
            Await.that("the trace is complete", () -> Files.exists(dir.resolve("trace.ok")));
            assertThat(Files.size(trace)).isEqualTo(24 + 24);

            image.read(5 * BLOCK, ByteBuffer.allocateDirect(BLOCK));
        }
        assertThat(Files.size(trace)).isEqualTo(24 + 24);
    }

    @Test
    void aLockThatAKilledDaemonLeftIsNoObstacle() throws Exception {
        Path trace = Files.createFile(dir.resolve("trace"));
        Files.createFile(dir.resolve("trace.lock"));
        open(List.of(layer("lower", 0, SIZE)), false, trace).close();

        assertThat(dir.resolve("trace.ok")).exists();
    }

    @Test
    void anAccelerationLayerIsReplayed() throws Exception {
        Path trace = Files.createFile(dir.resolve("recorded"));
        Lower lower = layer("lower", 0, SIZE);
        seen.clear();
        try (BlockStore image = open(List.of(lower), false, trace)) {
            readSome(image);
        }
        List<String> read = List.copyOf(seen);
        Path layer = Files.createDirectory(dir.resolve("acceleration"));
        Files.move(trace, layer.resolve("trace"));

        seen.clear();
        try (BlockStore image = open(List.of(lower, Lower.dir(layer.toString())), true, NO_TRACE)) {
            assertThat(image.size()).isEqualTo(SIZE);
            Await.that("all is read ahead", () -> seen.containsAll(read));
        }
    }

    @Test
    void anImageIsOpenedWithoutATraceThatIsDamagedOrMissing() throws Exception {
        Lower lower = layer("lower", 0, SIZE);
        Path layer = Files.createDirectory(dir.resolve("acceleration"));
        open(List.of(lower, Lower.dir(layer.toString())), true, NO_TRACE).close();

        Files.write(layer.resolve("trace"), new byte[] {0x20, 0x18, (byte) 0xef, (byte) 0xc2, 1});
        open(List.of(lower, Lower.dir(layer.toString())), true, NO_TRACE).close();
        open(List.of(lower), false, dir.resolve("missing")).close();
    }

    @Test
    void aTraceIsNotRecordedOverAnAccelerationLayer() throws Exception {
        Path trace = Files.createFile(dir.resolve("trace"));
        List<Lower> lowers = List.of(layer("lower", 0, SIZE), Lower.dir(dir.toString()));

        assertThatThrownBy(() -> open(lowers, true, trace)).hasMessageContaining("cannot both");
    }

    @Test
    void theLockGoesWhenTheImageCannotBeOpened() throws Exception {
        Path trace = Files.createFile(dir.resolve("trace"));

        assertThatThrownBy(() -> open(List.of(Lower.file("/missing")), false, trace))
                .hasMessageContaining("/missing");

        assertThat(dir.resolve("trace.lock")).doesNotExist();
        assertThat(dir.resolve("trace.ok")).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"mke2fs -q -t ext4 -b 4096 -d TREE DISK 16M", "mkfs.erofs DISK TREE"})
    void filesOfAPriorityListAreReadAhead(String format) throws Exception {
        Path tree = Files.createDirectories(dir.resolve("tree"));
        byte[] content = new byte[3 << 20];
        new Random(4).nextBytes(content);
        Files.write(Files.createDirectories(tree.resolve("usr/lib")).resolve("first.so"), content);
        Files.write(Files.createDirectories(tree.resolve("opt/data")).resolve("other"), content);
        Path disk = dir.resolve("disk");
        Shell.run(format.replace("TREE", tree.toString())
                .replace("DISK", disk.toString())
                .split(" "));
        Lower lower = layer("files", Files.readAllBytes(disk));
        Path list = Files.writeString(dir.resolve("list"), "/usr/lib/first.so\n/missing\n");

        seen.clear();
        try (BlockStore image = open(List.of(lower), false, list)) {
            assertThat(image.size()).isEqualTo(SIZE);
            Await.that("the files are read ahead", () -> seen.size() >= content.length / 65536);
        }
        int first = seen.size();

        Files.writeString(list, "/usr/*\n/opt/data/\n");
        seen.clear();
        try (BlockStore image = open(List.of(lower), false, list)) {
            assertThat(image.size()).isEqualTo(SIZE);
            Await.that("the files are read ahead", () -> seen.size() >= first + content.length / 65536 - 1);
        }
    }

    private static void readSome(BlockStore image) throws IOException {
        Random random = new Random(7);
        for (int i = 0; i < 40; i++) {
            // One block in each of 40 different places, so that each is a read of its own.
            long block = (long) i * (SIZE / BLOCK / 40) + random.nextInt(8);
            image.read(block * BLOCK, ByteBuffer.allocateDirect(BLOCK));
        }
    }

    private BlockStore open(List<Lower> lowers, boolean acceleration, Path trace) throws IOException {
        ImageConfig config = new ImageConfig(
                "https://host/v2/app/blobs", lowers, Upper.NONE, "", acceleration, trace.toString(), null);
        return images.open(config).store();
    }

    private Lower layer(String name, int start, int end) throws IOException {
        byte[] content = new byte[SIZE];
        new Random(start).nextBytes(content);
        return layer(name, content, start, end);
    }

    private Lower layer(String name, byte[] content) throws IOException {
        return layer(name, content, 0, content.length);
    }

    private Lower layer(String name, byte[] content, int start, int end) throws IOException {
        Path file = dir.resolve(name);
        try (LayerWriter writer = LayerWriter.create(file, SIZE, null, LayerOptions.PLAIN)) {
            writer.write(
                    start,
                    ByteBuffer.allocateDirect(end - start)
                            .put(content, start, end - start)
                            .flip());
            writer.finish();
        }
        Digest digest = Digest.sha256(Files.readAllBytes(file));
        remote.put(digest.toString(), file);
        return Lower.remote(digest.toString(), Files.size(file), "");
    }

    private final class Seen implements BlobReader {
        private final Digest digest;
        private final BlobReader file;

        Seen(Digest digest) throws IOException {
            this.digest = digest;
            this.file = FileBlob.open(Objects.requireNonNull(remote.get(digest.toString())));
        }

        @Override
        public long size() {
            return file.size();
        }

        @Override
        public void read(long offset, ByteBuffer dst) throws IOException {
            for (long at = offset / 65536; at * 65536 < offset + dst.remaining(); at++) {
                seen.add(digest.hex() + " " + at);
            }
            file.read(offset, dst);
        }

        @Override
        public String name() {
            return file.name();
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
