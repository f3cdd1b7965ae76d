package io.obd.tcmu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.obd.blobstore.CacheStats;
import io.obd.image.ControlClient;
import io.obd.image.DeviceInfo;
import io.obd.image.ImageConfig;
import io.obd.image.ImageConfig.Lower;
import io.obd.image.ServiceConfig;
import io.obd.image.SharedMirrors;
import io.obd.linux.Mounts;
import io.obd.lsmt.LayeredImage;
import io.obd.lsmt.RecordedLayer;
import io.obd.lsmt.WritableLayer;
import io.obd.lsmt.WritableLayer.Kind;
import io.obd.registry.CredentialSource;
import io.obd.tcmu.LostPower.Survivors;
import io.obd.tcmu.RecordedDisk.Operation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The power is cut at every write to the files of a layer, while a file system writes to its device. The kernel's flushes
 * take their whole way, through the loop device and FUSE, to the files.
 */
@Timeout(120)
class PowerCutTest {
    private static final int SIZE = 6 << 20;
    private static final int FILES = 6;
    private static final int SECTOR = 512;

    /** A check of a file system takes long: one for so many cuts, and one after each flush. */
    private static final int CUTS_PER_CHECK = 40;

    @TempDir
    Path dir;

    private final Random random = new Random(11);
    /** Number of changes when a file was safe, by its name. */
    private final Map<String, Integer> safe = new LinkedHashMap<>();

    @ParameterizedTest
    @EnumSource(names = {"LOG", "SPARSE"})
    void whateverWasFlushedIsThere(Kind kind) throws Exception {
        assumeTrue(Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "mounting needs the root user");
        RecordedLayer recorded = new RecordedLayer(kind, dir.resolve("data"), dir.resolve("index"), SIZE);
        RecordedDisk disk = new RecordedDisk(LayeredImage.open(List.of(), recorded.layer()), recorded::count);

        useAsFileSystem(disk, recorded);
        cutEverywhere(kind, recorded, disk.operations());
    }

    private void useAsFileSystem(RecordedDisk disk, RecordedLayer recorded) throws Exception {
        ServiceConfig config = ServiceConfig.read(Files.writeString(
                dir.resolve("overlaybd.json"), "{\"controlSocket\": \"%s/run/control.sock\"}".formatted(dir)));
        Path spec = dir.resolve("spec.json");
        new ImageConfig("", List.of(Lower.file("/recorded")), "").write(spec);
        Path target = Files.createDirectory(dir.resolve("mnt"));
        Mounts mounts = new Mounts();
        try (Daemon _ = Daemon.start(
                config,
                _ -> new DiskImage(disk, true),
                new RememberedCredentials(CredentialSource.ANONYMOUS, InstantSource.system()),
                new SharedMirrors(),
                new FakeCache(new CacheStats(0, 0, 0, 0, 0, 0)))) {
            ControlClient client = new ControlClient(config.controlSocket(), Duration.ofSeconds(20));
            DeviceInfo device = client.attach("1", spec);
            Shell.run("mkfs.ext4", "-q", "-F", "-b", "1024", "-E", "lazy_itable_init=0", device.device());
            mounts.mount(device.device(), target, "ext4", List.of());
            try {
                for (int i = 0; i < FILES; i++) {
                    writeSafely(target.resolve("f" + i), i);
                    safe.put("f" + i, recorded.count());
                    Files.write(target.resolve("unsafe" + i), new byte[3000]);
                }
                Files.delete(target.resolve("f0"));
                Shell.run("fstrim", target.toString());
                writeSafely(target.resolve("f0"), 0);
            } finally {
                mounts.unmount(target);
                // It would outlive the daemon.
                client.detach("1");
            }
            safe.remove("f0");
        }
    }

    private static void writeSafely(Path file, int number) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(content(number)));
            channel.force(true);
        }
    }

    private static byte[] content(int number) {
        byte[] content = new byte[20_000 + number];
        new Random(number).nextBytes(content);
        return content;
    }

    private void cutEverywhere(Kind kind, RecordedLayer recorded, List<Operation> operations) throws Exception {
        Path data = dir.resolve("cut-data");
        Path index = dir.resolve("cut-index");
        byte[] flushed = new byte[SIZE];
        int flushes = 0;
        int checks = 0;
        for (Survivors survivors : Survivors.values()) {
            LostPower power = new LostPower(recorded);
            Arrays.fill(flushed, (byte) 0);
            flushes = 0;
            int next = 0;
            int since = 0;
            for (int changes = 0; changes <= recorded.count(); changes++) {
                boolean justFlushed = false;
                while (next < operations.size() && operations.get(next).end() <= changes) {
                    if (operations.get(next).flush()) {
                        operations.subList(since, next).forEach(operation -> apply(operation, flushed));
                        since = next + 1;
                        flushes++;
                        justFlushed = true;
                    }
                    next++;
                }
                power.cut(changes, survivors, random, List.of(data, index));
                byte[] found = read(data, index);
                assertHolds(found, flushed, operations, since, changes, kind == Kind.LOG);
                boolean zeros = kind == Kind.LOG && survivors != Survivors.ALL && survivors != Survivors.NONE;
                if (changes >= firstSafe() && (justFlushed || (changes % CUTS_PER_CHECK == 0 && !zeros))) {
                    assertFileSystemIsWhole(found, changes);
                    checks++;
                }
            }
        }
        System.out.printf(
                "%s: %d changes of the files, %d operations, %d flushes; %d cuts, %d file systems checked%n",
                kind,
                recorded.count(),
                operations.size(),
                flushes,
                (recorded.count() + 1) * Survivors.values().length,
                checks);
        assertThat(flushes).isGreaterThan(FILES);
    }

    private int firstSafe() {
        return safe.values().iterator().next();
    }

    private static void apply(Operation operation, byte[] disk) {
        byte[] bytes = operation.bytes();
        if (bytes == null) {
            Arrays.fill(disk, (int) operation.offset(), (int) (operation.offset() + operation.length()), (byte) 0);
        } else {
            System.arraycopy(bytes, 0, disk, (int) operation.offset(), bytes.length);
        }
    }

    private static byte[] read(Path data, Path index) throws IOException {
        try (LayeredImage image = LayeredImage.open(List.of(), WritableLayer.open(data, index))) {
            ByteBuffer all = ByteBuffer.allocateDirect(SIZE);
            image.read(0, all);
            byte[] bytes = new byte[SIZE];
            all.flip().get(bytes);
            return bytes;
        }
    }

    /**
     * Each sector is what was flushed last or written since. In a log a sector that was written again may also be zeros:
     * where the entry reached the disk, and the data that it refers to did not. A file system need not survive that.
     */
    private static void assertHolds(
            byte[] found, byte[] flushed, List<Operation> operations, int since, int changes, boolean log) {
        for (int at = 0; at < SIZE; at += SECTOR) {
            if (Arrays.equals(found, at, at + SECTOR, flushed, at, at + SECTOR)) {
                continue;
            }
            boolean touched = false;
            boolean known = false;
            for (int i = since; i < operations.size() && operations.get(i).begin() < changes && !known; i++) {
                Operation operation = operations.get(i);
                if (at >= operation.offset() && at < operation.offset() + operation.length()) {
                    touched = true;
                    byte[] bytes = operation.bytes();
                    int from = (int) (at - operation.offset());
                    known = bytes == null
                            ? isZero(found, at)
                            : Arrays.equals(found, at, at + SECTOR, bytes, from, from + SECTOR);
                }
            }
            assertThat(known || (log && touched && isZero(found, at)))
                    .as("sector at %d after %d changes is what was flushed or written since", at, changes)
                    .isTrue();
        }
    }

    private static boolean isZero(byte[] bytes, int from) {
        for (int i = from; i < from + SECTOR; i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        return true;
    }

    private void assertFileSystemIsWhole(byte[] found, int changes) throws Exception {
        Path image = Files.write(dir.resolve("image"), found);
        String what = "after " + changes + " changes";
        Shell.run("e2fsck", "-y", "-E", "journal_only", image.toString());
        Shell.run("e2fsck", "-fn", image.toString());
        for (Map.Entry<String, Integer> file : safe.entrySet()) {
            if (file.getValue() <= changes) {
                Path copy = dir.resolve("copy");
                Shell.run("debugfs", "-R", "dump " + file.getKey() + " " + copy, image.toString());
                int number = Integer.parseInt(file.getKey().substring(1));
                assertThat(Files.readAllBytes(copy))
                        .as(file.getKey() + " " + what)
                        .isEqualTo(content(number));
            }
        }
    }
}
