package io.obd.tcmu;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.linux.Backstore;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TcmuNameTest {
    @Test
    void theSnapshottersNameIsUnderstood() {
        TcmuName name = TcmuName.parse("tcm-user/999999999/dev_7/overlaybd//var/lib/x/config.v1.json")
                .orElseThrow();

        assertThat(name.backstore()).isEqualTo(new Backstore(999_999_999, "dev_7"));
        assertThat(name.config()).isEqualTo(Path.of("/var/lib/x/config.v1.json"));
        assertThat(name.devId()).isEmpty();
        assertThat(name.id()).isEqualTo("999999999-7");
    }

    @Test
    void oneSlashAndADeviceIdAreUnderstood() {
        TcmuName name =
                TcmuName.parse("tcm-user/3/dev_8/overlaybd/a/config.v1.json;8").orElseThrow();

        assertThat(name.config()).isEqualTo(Path.of("/a/config.v1.json"));
        assertThat(name.devId()).isEqualTo("8");
    }

    @Test
    void devicesOfOtherProgramsAreLeftAlone() {
        assertThat(TcmuName.parse("tcm-user/0/disk/rbd/pool/image")).isEqualTo(Optional.empty());
        assertThat(TcmuName.parse("something else")).isEqualTo(Optional.empty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"999999999-12", "1-2", "a", "0-x", "00-5", "my-disk", "12345678901-3"})
    void anIdIsFoundAgainInTheKernel(String id) {
        Backstore backstore = TcmuName.backstore(id);

        assertThat(new TcmuName(backstore, Path.of("/c"), "").id()).isEqualTo(id);
    }

    @Test
    void theSnapshottersIdsHaveTheOriginalsPlaces() {
        assertThat(TcmuName.backstore("999999999-12")).isEqualTo(new Backstore(999_999_999, "dev_12"));
    }
}
