package io.obd.ctr.attach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.linux.Errno;
import io.obd.linux.ErrnoException;
import io.obd.linux.FakeKernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TcmuDevicesTest {
    @TempDir
    private Path dir;

    private final FakeKernel kernel = new FakeKernel();
    private final TcmuDevices devices = new TcmuDevices(kernel.disks(Duration.ofSeconds(1)), false);

    @Test
    void whatTheBackendWroteOfTheImageIsInTheError() throws Exception {
        Path config = config("result.log");
        Path result = Files.writeString(dir.resolve("result.log"), "of another day");
        kernel.backend = () -> {
            Files.writeString(result, "the layer /layer is damaged\n");
            throw new ErrnoException("write", Errno.ENOENT.number());
        };

        assertThatThrownBy(() -> devices.attach("7", config))
                .hasMessageContaining("ENOENT")
                .hasMessageEndingWith(", " + result + ": the layer /layer is damaged");
    }

    @Test
    void whatItWroteAnotherTimeIsNot() throws Exception {
        Path config = config("");
        Files.writeString(dir.resolve("init-debug.log"), "of another day");
        kernel.backend = () -> {
            throw new ErrnoException("write", Errno.EIO.number());
        };

        assertThatThrownBy(() -> devices.attach("7", config))
                .hasMessageContaining("EIO")
                .hasMessageNotContaining("of another day");
    }

    @Test
    void whatIsAttachedAlreadyKeepsItsDevice() throws Exception {
        Path config = config("");
        String device = devices.attach("7", config);
        kernel.log.clear();

        assertThat(devices.attach("7", config)).isEqualTo(device);
        assertThat(kernel.log).noneMatch(step -> step.startsWith("rmdir") || step.contains("/enable"));
    }

    @Test
    void anotherImageDoesNotTakeItsPlace() throws Exception {
        Path config = config("");
        devices.attach("7", config);
        Path other = Files.copy(config, dir.resolve("other.json"));
        kernel.log.clear();

        assertThatThrownBy(() -> devices.attach("7", other))
                .hasMessageContaining("it is there and serves \"overlaybd/" + config + "\"");
        assertThat(kernel.log).noneMatch(step -> step.startsWith("rmdir") || step.startsWith("unlink"));
    }

    private Path config(String resultFile) throws IOException {
        return Files.writeString(
                dir.resolve("config.v1.json"),
                "{\"lowers\":[{\"file\":\"/layer\"}],\"resultFile\":\"" + resultFile + "\"}");
    }
}
