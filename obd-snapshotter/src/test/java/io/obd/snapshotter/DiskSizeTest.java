package io.obd.snapshotter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DiskSizeTest {
    @ParameterizedTest
    @CsvSource({
        "20g, 21474836480",
        "20G, 21474836480",
        "1.5 GiB, 1610612736",
        "500mb, 524288000",
        "64k, 65536",
        "2t, 2199023255552",
        "4096, 4096",
        "4096b, 4096",
    })
    void unitsArePowersOf1024(String text, long bytes) {
        assertThat(DiskSize.parse(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "g", "-1g", "20x", "1023", "9999999999p", "20 g b"})
    void whatIsNoSizeIsRefused(String text) {
        assertThatThrownBy(() -> DiskSize.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
