package io.obd.snapshotter;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class FileSystemTypeTest {
    @Test
    void aMissingPartHasItsDefaultAndAnEmptyOneHasNone() {
        assertThat(FileSystemType.parse("ext4"))
                .isEqualTo(new FileSystemType(
                        "ext4",
                        List.of("discard"),
                        List.of("-O", "^has_journal,sparse_super,flex_bg", "-G", "1", "-E", "discard", "-F")));
        assertThat(FileSystemType.parse("xfs;")).isEqualTo(new FileSystemType("xfs", List.of(), List.of("-f")));
        assertThat(FileSystemType.parse("erofs")).isEqualTo(new FileSystemType("erofs", List.of(), List.of()));
        assertThat(FileSystemType.parse("ext4;;")).isEqualTo(new FileSystemType("ext4", List.of(), List.of()));
        assertThat(FileSystemType.parse("ext4;noload,discard;-F -L  name"))
                .isEqualTo(new FileSystemType("ext4", List.of("noload", "discard"), List.of("-F", "-L", "name")));
    }
}
