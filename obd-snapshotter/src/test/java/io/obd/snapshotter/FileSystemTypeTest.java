package io.obd.snapshotter;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class FileSystemTypeTest {
    @Test
    void aMissingPartHasItsDefaultAndAnEmptyOneHasNone() {
        assertThat(FileSystemType.parse("ext4")).isEqualTo(new FileSystemType("ext4", List.of("discard")));
        assertThat(FileSystemType.parse("xfs")).isEqualTo(new FileSystemType("xfs", List.of("nouuid", "discard")));
        assertThat(FileSystemType.parse("erofs")).isEqualTo(new FileSystemType("erofs", List.of()));
        assertThat(FileSystemType.parse("ext4;;")).isEqualTo(new FileSystemType("ext4", List.of()));
        assertThat(FileSystemType.parse("ext4;noload,discard;-F"))
                .isEqualTo(new FileSystemType("ext4", List.of("noload", "discard")));
    }
}
