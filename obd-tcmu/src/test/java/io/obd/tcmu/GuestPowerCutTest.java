package io.obd.tcmu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.obd.linux.LoopDevice;
import io.obd.linux.LoopDevices;
import io.obd.linux.LoopOptions;
import io.obd.linux.Mounts;
import io.obd.lsmt.LayeredImage;
import io.obd.lsmt.WritableLayer;
import io.obd.lsmt.WritableLayer.Kind;
import io.obd.tcmu.PowerCutWriter.Operation;
import io.obd.tcmu.WriteLog.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The same as {@link PowerCutTest} one level deeper: layers are written in a guest, on a file system whose block device
 * records every write (dm-log-writes). The device is then made again up to each flush in that record, its file system
 * mounted here, and the layers opened.
 */
@Tag("guest")
@Timeout(600)
class GuestPowerCutTest {
    private static final Path GUEST = Path.of("../e2e/tcmu-guest/vmrun");
    private static final int SECTOR = 512;
    private static final int DEVICE_MIB = 24;

    @TempDir
    Path dir;

    private final Mounts mounts = new Mounts();
    private final LoopDevices loops = new LoopDevices();

    @Test
    void whateverWasFlushedIsThereUpToEveryFlushOfTheDeviceBelow() throws Exception {
        assumeTrue(Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "mounting needs the root user");
        Path vmrun = Path.of(System.getProperty("guest.vmrun", GUEST.toString()));
        assumeTrue(Files.isExecutable(vmrun), "there is no " + vmrun);
        Path results = dir.resolve("results");
        write(vmrun, results);

        Path device = results.resolve("base");
        Path target = Files.createDirectory(dir.resolve("mnt"));
        int round = 0;
        int cuts = 0;
        int entries = 0;
        try (WriteLog log = new WriteLog(results.resolve("log"));
                FileChannel out = FileChannel.open(device, StandardOpenOption.WRITE)) {
            while (log.hasNext()) {
                Entry entry = log.replay(out);
                entries++;
                if (entry.mark().startsWith("round")) {
                    round = Integer.parseInt(entry.mark().substring("round".length()));
                }
                if (entry.barrier() || !entry.mark().isEmpty()) {
                    assertHolds(device, target, round);
                    cuts++;
                }
            }
        }
        System.out.printf("%d entries, %d flushes and marks, %d rounds%n", entries, cuts, round);
        assertThat(round).isEqualTo(PowerCutWriter.ROUNDS);
    }

    private void write(Path vmrun, Path results) throws Exception {
        String script = """
                set -e
                modprobe -a loop dm-mod dm-log-writes ext4
                truncate -s %1$dM /tmp/base; truncate -s 300M /tmp/log
                mkfs.ext4 -q -F -b 1024 -J size=2 /tmp/base; cp --sparse=always /tmp/base /run/vmrun/base
                DATA=$(losetup -f --show /tmp/base); LOG=$(losetup -f --show /tmp/log)
                dmsetup create lw --noudevsync --table "0 $((%1$d * 2048)) log-writes $DATA $LOG"
                dmsetup mknodes; mkdir /tmp/mnt; mount -t ext4 /dev/mapper/lw /tmp/mnt
                %2$s --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \\
                  -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "%3$s" %4$s /tmp/mnt/layers lw
                umount /tmp/mnt; dmsetup remove lw; cp --sparse=always /tmp/log /run/vmrun/log
                """.formatted(
                        DEVICE_MIB,
                        Path.of(System.getProperty("java.home"), "bin", "java"),
                        System.getProperty("java.class.path"),
                        PowerCutWriter.class.getName());
        ProcessBuilder builder = new ProcessBuilder(vmrun.toAbsolutePath().toString(), "-t", "400", script);
        builder.environment().put("VMRUN_KEEP", "1");
        Process guest = builder.redirectError(dir.resolve("guest.err").toFile()).start();
        String printed = new String(guest.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(guest.waitFor())
                .as(printed + Files.readString(dir.resolve("guest.err")))
                .isZero();
        String kept = Files.readString(dir.resolve("guest.err"))
                .lines()
                .filter(line -> line.startsWith("kept "))
                .findFirst()
                .orElseThrow()
                .substring("kept ".length());
        Files.createDirectory(results);
        Shell.run("cp", "--sparse=always", kept + "/base", kept + "/log", results.toString());
        Shell.run("rm", "-r", kept);
    }

    /** Replays the journal on a copy, as the machine would when it starts again. */
    private void assertHolds(Path device, Path target, int round) throws Exception {
        Path copy = dir.resolve("copy");
        Shell.run("cp", "--sparse=always", device.toString(), copy.toString());
        LoopDevice loop = loops.attach(copy, new LoopOptions(false, false, SECTOR));
        try {
            mounts.mount(loop.path().toString(), target, "ext4", List.of());
            try {
                for (Kind kind : PowerCutWriter.KINDS) {
                    assertHolds(target.resolve("layers"), kind, round);
                }
            } finally {
                mounts.unmount(target);
            }
        } finally {
            loops.detach(loop);
        }
    }

    private static void assertHolds(Path layers, Kind kind, int round) throws IOException {
        Path data = PowerCutWriter.data(layers, kind);
        Path index = PowerCutWriter.index(layers, kind);
        if (round == 0 && !(Files.exists(index) && Files.size(data) > 0 && Files.size(index) > 0)) {
            return; // nothing was flushed yet
        }
        byte[] flushed = new byte[PowerCutWriter.SIZE];
        for (int i = 1; i <= round; i++) {
            PowerCutWriter.operations(i).forEach(operation -> PowerCutWriter.apply(operation, flushed));
        }
        byte[] found = read(data, index);
        List<Operation> later = round == PowerCutWriter.ROUNDS ? List.of() : PowerCutWriter.operations(round + 1);
        for (int at = 0; at < found.length; at += SECTOR) {
            if (!Arrays.equals(found, at, at + SECTOR, flushed, at, at + SECTOR)) {
                assertWrittenLater(found, at, later, kind + " layer after round " + round);
            }
        }
    }

    private static void assertWrittenLater(byte[] found, int at, List<Operation> later, String layer) {
        boolean zero = Arrays.equals(found, at, at + SECTOR, new byte[SECTOR], 0, SECTOR);
        assertThat(later)
                .as("%s: the sector at %d is what was flushed or written since", layer, at)
                .anyMatch(operation -> {
                    int from = at - operation.offset();
                    return from >= 0
                            && from < operation.length()
                            && (zero || Arrays.equals(found, at, at + SECTOR, operation.bytes(), from, from + SECTOR));
                });
    }

    private static byte[] read(Path data, Path index) throws IOException {
        try (LayeredImage image = LayeredImage.open(List.of(), WritableLayer.open(data, index))) {
            ByteBuffer all = ByteBuffer.allocate(PowerCutWriter.SIZE);
            image.read(0, all);
            return all.array();
        }
    }
}
