package io.obd.tcmu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.obd.image.ControlClient;
import io.obd.image.DeviceInfo;
import io.obd.image.ImageConfig;
import io.obd.linux.Mounts;
import io.obd.lsmt.LayeredImage;
import io.obd.lsmt.WritableLayer.Kind;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Devices with a writable layer, as the kernel and its file systems use them. */
@Timeout(120)
class WritableDeviceTest {
    private static final int MIB = 1 << 20;
    private static final long SIZE = 64 * MIB;

    @TempDir
    Path dir;

    private final Mounts mounts = new Mounts();
    private WritableImages images;
    private Daemon daemon;
    private ControlClient client;
    private Path target;

    @BeforeEach
    void start() throws IOException {
        assumeTrue(Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "mounting needs the root user");
        images = new WritableImages(dir, "", SIZE);
        daemon = images.start();
        client = images.client();
        target = Files.createDirectory(dir.resolve("mnt"));
    }

    @AfterEach
    void stop() throws IOException {
        images.stop(daemon);
    }

    @ParameterizedTest
    @EnumSource(names = {"LOG", "SPARSE"})
    void whatWasWrittenIsThereWhenTheDeviceIsAttachedAgain(Kind kind) throws Exception {
        Path spec = images.create("a", kind);
        DeviceInfo device = client.attach("1", spec);
        assertThat(device.writable()).isTrue();
        byte[] content = new byte[3 * MIB + 5];
        new Random(1).nextBytes(content);
        Shell.run("mkfs.ext4", "-q", "-F", device.device());
        mounts.mount(device.device(), target, "ext4", List.of());
        Files.write(target.resolve("file"), content);
        mounts.unmount(target);
        client.detach("1");

        device = client.attach("1", spec);

        mounts.mount(device.device(), target, "ext4", List.of());
        assertThat(target.resolve("file")).hasBinaryContent(content);
        mounts.unmount(target);
        Shell.run("e2fsck", "-fn", device.device());
    }

    @ParameterizedTest
    @EnumSource(names = {"LOG", "SPARSE"})
    void discardedBlocksAreZerosAlsoWhereALowerLayerHasData(Kind kind) throws Exception {
        Path spec = images.create("a", kind);
        DeviceInfo device = client.attach("1", spec);
        try (RandomAccessFile disk = new RandomAccessFile(device.device(), "rw")) {
            disk.seek(SIZE - MIB);
            assertThat(disk.read()).isEqualTo(WritableImages.LOWER_BYTE);
            disk.write(new byte[] {1, 2, 3});
        }
        Shell.run("blkdiscard", device.device());
        client.detach("1");

        device = client.attach("1", spec);

        try (RandomAccessFile disk = new RandomAccessFile(device.device(), "r")) {
            byte[] all = new byte[(int) SIZE];
            disk.readFully(all);
            assertThat(Arrays.mismatch(all, new byte[all.length])).isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"LOG", "SPARSE"})
    void aLayerThatWasResizedIsADeviceOfItsNewSize(Kind kind) throws Exception {
        Path spec = images.create("a", kind);
        DeviceInfo device = client.attach("1", spec);
        write(device, 0, 1);
        write(device, SIZE - 1, 2);
        client.detach("1");

        resize(spec, 2 * SIZE);
        device = client.attach("1", spec);

        assertThat(device.size()).isEqualTo(2 * SIZE);
        assertThat(Shell.run("blockdev", "--getsize64", device.device()).strip())
                .isEqualTo(Long.toString(2 * SIZE));
        assertThat(read(device, 0)).isEqualTo(1);
        assertThat(read(device, SIZE - 1)).isEqualTo(2);
        assertThat(read(device, SIZE)).isZero();
        write(device, 2 * SIZE - 1, 3);
        client.detach("1");
        resize(spec, SIZE / 2);
        device = client.attach("1", spec);
        assertThat(device.size()).isEqualTo(SIZE / 2);
        assertThat(read(device, 0)).isEqualTo(1);
    }

    private static void resize(Path spec, long size) throws IOException {
        try (LayeredImage image = WritableImages.open(ImageConfig.read(spec))) {
            image.resize(size);
        }
    }

    private static void write(DeviceInfo device, long offset, int value) throws IOException {
        try (RandomAccessFile disk = new RandomAccessFile(device.device(), "rw")) {
            disk.seek(offset);
            disk.write(value);
            disk.getFD().sync();
        }
    }

    private static int read(DeviceInfo device, long offset) throws IOException {
        try (RandomAccessFile disk = new RandomAccessFile(device.device(), "r")) {
            disk.seek(offset);
            return disk.read();
        }
    }

    @Test
    void trimmingAFileSystemGivesTheSpaceOfASparseLayerBack() throws Exception {
        assertTrimGivesSpaceBack(List.of(), true);
    }

    @Test
    void aFileSystemMountedWithDiscardGivesTheSpaceOfASparseLayerBack() throws Exception {
        assertTrimGivesSpaceBack(List.of("discard"), false);
    }

    private void assertTrimGivesSpaceBack(List<String> options, boolean trim) throws Exception {
        Path spec = images.create("a", Kind.SPARSE);
        Path data = Path.of(ImageConfig.read(spec).upper().data());
        DeviceInfo device = client.attach("1", spec);
        Shell.run("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0", device.device());
        mounts.mount(device.device(), target, "ext4", options);
        try {
            byte[] content = new byte[24 * MIB];
            new Random(2).nextBytes(content);
            Files.write(target.resolve("kept"), new byte[] {1, 2, 3});
            Files.write(target.resolve("big"), content);
            Shell.run("sync", "-f", target.toString());
            long full = used(data);
            assertThat(full).isGreaterThan(24 * MIB);

            Files.delete(target.resolve("big"));
            Shell.run("sync", "-f", target.toString());
            if (trim) {
                Shell.run("fstrim", target.toString());
            }

            awaitUsed(data, full - 23 * MIB);
            assertThat(target.resolve("kept")).hasBinaryContent(new byte[] {1, 2, 3});
        } finally {
            mounts.unmount(target);
        }
        Shell.run("e2fsck", "-fn", device.device());
    }

    /** A file system that is mounted with discard does so some time after its commit. */
    private static void awaitUsed(Path file, long limit) throws Exception {
        Await.that(file + " uses less than " + limit + " bytes", () -> used(file) < limit);
    }

    private static long used(Path file) throws IOException, InterruptedException {
        return Long.parseLong(Shell.run("stat", "-c", "%b", file.toString()).strip()) * 512;
    }

    @Test
    void aLayerThatIsSealedIsRefusedByName() throws IOException {
        Path spec = images.create("a", Kind.LOG);
        Path next = images.next(spec, "a-1", Kind.LOG);
        ImageConfig before = ImageConfig.read(spec);
        try (LayeredImage image = WritableImages.open(before)) {
            new LiveSnapshots(image, before).take(spec, next);
        }
        before.write(dir.resolve("old.json"));

        assertThatThrownBy(() -> client.attach("1", dir.resolve("old.json")))
                .hasMessageContaining("writable layer (" + before.upper().data())
                .hasMessageContaining("one that a snapshot sealed");
        assertThat(client.attach("1", spec).writable()).isTrue();
    }
}
