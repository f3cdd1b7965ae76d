package io.obd.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TcmuDisksTest {
    private static final Backstore DEVICE = new Backstore(999_999_999, "dev_7");
    private static final Path TARGET = FakeKernel.CORE.resolve("user_999999999/dev_7");
    private static final Path LOOP = FakeKernel.LOOPBACK.resolve("naa.1990000000000007");
    private static final String CONFIG = "overlaybd//root/snapshots/7/block/config.v1.json";

    private final FakeKernel kernel = new FakeKernel();
    private final TcmuDisks disks = new TcmuDisks(kernel, FakeKernel.CONFIGFS, Duration.ofMillis(300));

    @Test
    void theStepsAreThoseOfTheOriginalAndASerial() throws IOException {
        assertThat(disks.attach(DEVICE, CONFIG)).isEqualTo(Path.of("/dev/sda"));

        Path lun = LOOP.resolve("tpgt_1/lun/lun_0");
        assertThat(kernel.log)
                .filteredOn(step -> !step.contains("vpd_unit_serial"))
                .containsExactly(
                        "mkdir " + TARGET.getParent(),
                        "mkdir " + TARGET,
                        "write " + TARGET + "/control dev_config=" + CONFIG,
                        "write " + TARGET + "/control max_data_area_mb=4",
                        "write " + TARGET + "/enable 1",
                        "write " + TARGET + "/attrib/cmd_time_out 2147483",
                        "mkdir " + FakeKernel.LOOPBACK,
                        "mkdir " + LOOP,
                        "mkdir " + LOOP.resolve("tpgt_1"),
                        "mkdir " + lun,
                        "write " + LOOP + "/tpgt_1/nexus naa.1990000000000007",
                        "link " + lun.resolve("dev_7") + " " + TARGET,
                        "write /sys/class/scsi_device/2:0:1:0/device/timeout 2147483");
        assertThat(kernel.log).anyMatch(step -> step.contains("/wwn/vpd_unit_serial "));
    }

    @Test
    void theyAreUndoneInTheReverseOrder() throws IOException {
        disks.attach(DEVICE, CONFIG);
        kernel.log.clear();

        assertThat(disks.detach(DEVICE)).isTrue();

        Path lun = LOOP.resolve("tpgt_1/lun/lun_0");
        assertThat(kernel.log)
                .containsExactly(
                        "unlink " + lun.resolve("dev_7"),
                        "rmdir " + lun,
                        "rmdir " + LOOP.resolve("tpgt_1"),
                        "rmdir " + LOOP,
                        "rmdir " + TARGET);
        assertThat(disks.detach(DEVICE)).isFalse();
    }

    @Test
    void whatEndsWithEintrOrEagainIsRepeated() throws IOException {
        AtomicInteger asked = new AtomicInteger();
        kernel.backend = () -> {
            switch (asked.incrementAndGet()) {
                case 1 -> throw new ErrnoException("write", Errno.EINTR.number());
                case 2 -> throw new ErrnoException("write", Errno.EAGAIN.number());
                default -> {}
            }
        };

        assertThat(disks.attach(DEVICE, CONFIG)).isEqualTo(Path.of("/dev/sda"));
        assertThat(asked).hasValue(3);
    }

    @Test
    void itIsNotRepeatedForEver() {
        kernel.backend = () -> {
            throw new ErrnoException("write", Errno.EAGAIN.number());
        };

        TcmuDisks patient = new TcmuDisks(kernel, FakeKernel.CONFIGFS, Duration.ofSeconds(2));
        assertThatThrownBy(() -> patient.attach(DEVICE, CONFIG)).hasMessageContaining("EAGAIN");
        assertThat(kernel.exists(TARGET)).isFalse();
    }

    @Test
    void aBackendThatDoesNotAnswerIsNamedAndTheKernelStopsToWaitForIt() throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        kernel.backend = () -> {
            await(answer);
            ended.countDown();
        };
        kernel.refusal = answer::countDown;

        assertThatThrownBy(() -> disks.attach(DEVICE, CONFIG))
                .hasMessageContaining("enable of user_999999999/dev_7: ETIMEDOUT")
                .hasMessageContaining("overlaybd-tcmu) does not answer the kernel; is it running?");
        assertThat(kernel.log).contains("refuse 3").last().isEqualTo("rmdir " + TARGET);
        await(ended);
    }

    @Test
    void aRefusalIsPassedOnAndLeavesNothing() {
        kernel.backend = () -> {
            throw new ErrnoException("write", Errno.ENOENT.number());
        };

        assertThatThrownBy(() -> disks.attach(DEVICE, CONFIG)).hasMessageContaining("ENOENT");
        assertThat(kernel.exists(TARGET)).isFalse();
    }

    @Test
    void aDiskThatShowsTheSameIsFoundAgain() throws IOException {
        disks.attach(DEVICE, CONFIG);
        kernel.log.clear();

        assertThat(disks.attach(DEVICE, CONFIG)).isEqualTo(Path.of("/dev/sda"));
        assertThat(kernel.log).noneMatch(step -> step.contains("/control") || step.contains("/enable"));
    }

    @Test
    void aLiveDiskOfSomebodyElseIsNotTouched() throws IOException {
        disks.attach(DEVICE, CONFIG);
        kernel.log.clear();

        assertThatThrownBy(() -> disks.attach(DEVICE, "overlaybd//elsewhere"))
                .hasMessageContaining("serves \"" + CONFIG + "\"");
        assertThat(kernel.log).isEmpty();
    }

    @Test
    void whatAnAttachLeftThatWasCutShortIsMadeAnew() throws IOException {
        kernel.remember(TARGET, "<directory>");
        kernel.remember(TARGET.resolve("enable"), "0");

        assertThat(disks.attach(DEVICE, CONFIG)).isEqualTo(Path.of("/dev/sda"));
    }

    @Test
    void aDiskThatDoesNotAppearIsAnErrorAndLeavesNothing() {
        kernel.disksAppear = false;

        assertThatThrownBy(() -> disks.attach(DEVICE, CONFIG))
                .hasMessageContaining("no disk appeared at SCSI address 2:0:1");
        assertThat(kernel.exists(TARGET)).isFalse();
        assertThat(kernel.exists(LOOP)).isFalse();
    }

    @Test
    void aDiskInUseStays() throws IOException {
        disks.attach(DEVICE, CONFIG);
        kernel.users = List.of("mounted at /mnt");

        assertThatThrownBy(() -> disks.detach(DEVICE))
                .hasMessageContaining("EBUSY")
                .hasMessageContaining("mounted at /mnt");
        assertThat(kernel.exists(TARGET)).isTrue();
        assertThat(disks.list(DEVICE.hba())).containsExactly(new ScsiDisks.Disk(DEVICE, CONFIG));
    }

    @Test
    void whereThereIsNoTargetFrameworkThatIsSaid() throws IOException {
        assertThat(disks.obstacle()).isEmpty();
        kernel.remove(Path.of("/sys/module/target_core_user"));
        assertThat(disks.obstacle()).hasValue("target_core_user is not loaded");
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            if (!latch.await(20, TimeUnit.SECONDS)) {
                throw new IOException("the test has forgotten us");
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
