package io.obd.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class MountTableTest {
    @Test
    void readsALineWithOptionalFields() throws IOException {
        Mount mount = MountTable.parse(
                        "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 shared:7 - ext3 /dev/root rw,errors=continue\n")
                .mounts()
                .getFirst();

        assertThat(mount)
                .isEqualTo(new Mount(
                        36,
                        35,
                        "98:0",
                        "/mnt1",
                        Path.of("/mnt2"),
                        List.of("rw", "noatime"),
                        "ext3",
                        "/dev/root",
                        List.of("rw", "errors=continue")));
    }

    @Test
    void readsALineWithoutOptionalFieldsAndWithADashAsSource() throws IOException {
        Mount mount = MountTable.parse("1 0 0:5 / / rw - tmpfs - rw").mounts().getFirst();

        assertThat(mount.type()).isEqualTo("tmpfs");
        assertThat(mount.source()).isEqualTo("-");
    }

    @Test
    void octalEscapesBecomeTheCharactersTheyStandFor() {
        assertThat(MountTable.unescape("/a\\040b\\011c\\134d\\012")).isEqualTo("/a b\tc\\d\n");
        assertThat(MountTable.unescape("/a\\9\\04")).isEqualTo("/a\\9\\04");
    }

    @Test
    void theNewestMountAtAPlaceIsTheOneSeen() throws IOException {
        MountTable table = MountTable.parse("""
                1 0 0:5 / /a rw - tmpfs old rw
                2 1 0:6 / /a rw - tmpfs new rw
                3 2 0:7 / /a/b rw - tmpfs below rw
                4 0 0:5 / /ab rw - tmpfs other rw
                """);

        assertThat(table.at(Path.of("/a"))).map(Mount::source).contains("new");
        assertThat(table.at(Path.of("/c"))).isEmpty();
        assertThat(table.below(Path.of("/a"))).extracting(Mount::source).containsExactly("below", "new", "old");
        assertThat(table.ofDevice("0:5")).extracting(Mount::source).containsExactly("old", "other");
    }

    @Test
    void aLineThatIsCutIsNamed() {
        assertThatThrownBy(() -> MountTable.parse("1 0 0:5 / /a rw - tmpfs"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("1 0 0:5 / /a rw - tmpfs");
        assertThatThrownBy(() -> MountTable.parse("x 0 0:5 / /a rw - tmpfs a rw"))
                .isInstanceOf(IOException.class);
    }

    @Test
    void theRootOfThisMachineIsMounted() throws IOException {
        assertThat(MountTable.read().at(Path.of("/"))).isPresent();
    }
}
