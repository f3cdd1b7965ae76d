package io.obd.tcmu;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.linux.Backstore;
import io.obd.linux.Backstores;
import io.obd.linux.TcmLoop;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is swept from a tree that looks like the kernel's. */
@Timeout(20)
class TcmuSweepTest {
    private static final Duration STEP = Duration.ofSeconds(1);

    @TempDir
    Path configfs;

    private final ConcurrentLinkedQueue<String> removed = new ConcurrentLinkedQueue<>();
    private TcmuSweep sweep;

    @BeforeEach
    void create() {
        Backstores backstores = new Backstores(configfs, STEP);
        TcmLoop loop = new TcmLoop(configfs, backstores, STEP);
        sweep = new TcmuSweep(backstores, loop, Duration.ZERO, (id, condition) -> {
            try {
                if (condition.holds()) {
                    removed.add(id);
                }
            } catch (IOException e) {
                throw ApiException.failed("detach-failed", id, e);
            }
        });
    }

    @AfterEach
    void close() {
        sweep.close();
    }

    /** A device as the kernel shows it. */
    private Path device(long hba, String name, String configuration, boolean enabled) throws IOException {
        Path device = configfs.resolve("target/core/user_" + hba).resolve(name);
        Files.createDirectories(device.resolve("attrib"));
        Files.writeString(device.resolve("attrib/dev_config"), configuration + "\n");
        Files.writeString(device.resolve("enable"), enabled ? "1\n" : "0\n");
        return device;
    }

    private Path target(String fabric, String name) throws IOException {
        return Files.createDirectories(
                configfs.resolve("target").resolve(fabric).resolve(name).resolve("tpgt_1/lun/lun_0"));
    }

    private static void show(Path lun, Path device) throws IOException {
        Files.createSymbolicLink(lun.resolve(device.getFileName()), lun.relativize(device));
    }

    private List<String> swept() throws IOException {
        sweep.clean();
        return List.copyOf(removed);
    }

    @Test
    void whatWasNeverEnabledGoes() throws Exception {
        device(999_999_999, "dev_7", "overlaybd//a/config.v1.json", false);
        device(0, "dev_mine", "", false);

        sweep.look();

        assertThat(swept()).containsExactlyInAnyOrder("999999999-7", "mine");
    }

    @Test
    void whatNoLunShowsGoes() throws Exception {
        device(999_999_999, "dev_7", "overlaybd//a/config.v1.json;id", true);

        sweep.look();

        assertThat(swept()).containsExactly("999999999-7");
    }

    @Test
    void whatALunOfAnyFabricShowsStays() throws Exception {
        show(
                target("loopback", "naa.1990000000000007"),
                device(999_999_999, "dev_7", "overlaybd//a/config.v1.json", true));
        show(
                target("vhost", "naa.5001405000000001"),
                device(999_999_999, "dev_8", "overlaybd//b/config.v1.json", true));

        sweep.look();

        assertThat(swept()).isEmpty();
        assertThat(configfs.resolve("target/loopback/naa.1990000000000007")).exists();
    }

    @Test
    void whatIsNotOursStays() throws Exception {
        device(1, "disk", "", false);
        device(1, "dev_7", "rbd/pool/image", false);
        device(1, "dev_8", "rbd/pool/image", true);
        device(1, "other", "overlaybd//a/config.v1.json", true);
        Files.createDirectories(configfs.resolve("target/core/iblock_0/dev_9"));
        target("loopback", "naa.5001405000000001");
        target("iscsi", "naa.1990000000000007");

        sweep.look();

        assertThat(swept()).isEmpty();
        assertThat(configfs.resolve("target/loopback/naa.5001405000000001")).exists();
        assertThat(configfs.resolve("target/iscsi/naa.1990000000000007")).exists();
    }

    @Test
    void whatSomebodyGoesOnWithStays() throws Exception {
        Path shown = device(999_999_999, "dev_7", "overlaybd//a/config.v1.json", true);
        device(999_999_999, "dev_8", "overlaybd//b/config.v1.json", false);
        Path lun = target("loopback", "naa.1990000000000007");
        sweep.look();

        show(lun, shown);
        sweep.spare(new Backstore(999_999_999, "dev_8"));

        assertThat(swept()).isEmpty();
        assertThat(lun).exists();
    }

    @Test
    void whatIsMadeAfterTheStartStays() throws Exception {
        Path old = device(999_999_999, "dev_7", "overlaybd//a/config.v1.json", true);
        Path lun = target("loopback", "naa.1990000000000007");
        sweep.look();

        Files.move(old, configfs.resolve("gone"));
        device(999_999_999, "dev_7", "overlaybd//a/config.v1.json", true);
        device(999_999_999, "dev_8", "overlaybd//b/config.v1.json", false);
        Files.move(configfs.resolve("target/loopback/naa.1990000000000007"), configfs.resolve("gone-too"));
        target("loopback", "naa.1990000000000007");

        assertThat(swept()).isEmpty();
        assertThat(lun).exists();
    }

    /** Without the directory of the LUNs, which the kernel removes with the group it is in. */
    @Test
    void aTargetWithoutALunGoes() throws Exception {
        Files.createDirectories(configfs.resolve("target/loopback/naa.1990000000000007/tpgt_1"));
        Files.createDirectories(configfs.resolve("target/loopback/naa.1230000000000008"));

        sweep.look();

        assertThat(swept()).isEmpty();
        assertThat(configfs.resolve("target/loopback")).isEmptyDirectory();
    }

    @Test
    void withoutTheKernelsTreeThereIsNothingToDo() throws Exception {
        sweep.look();

        assertThat(swept()).isEmpty();
    }
}
