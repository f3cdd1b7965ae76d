package io.obd.nydussnapshotter.overlay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class OverlayOptionsTest {
    @Test
    void whatIsMeantForAGuestIsDropped() {
        assertThat(OverlayOptions.parse(
                                "workdir=/s/2/work,upperdir=/s/2/fs,lowerdir=/s/1/mnt,extraoption=e30=,io.katacontainers.volume=e30=,dev")
                        .options())
                .containsExactly("workdir=/s/2/work", "upperdir=/s/2/fs", "lowerdir=/s/1/mnt", "dev");
    }

    @Test
    void nothingButThatIsNoOverlay() {
        assertThatThrownBy(() -> OverlayOptions.parse("extraoption=e30="))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no options");
    }

    @Test
    void whatFitsStaysAsItIs() {
        OverlayOptions options = OverlayOptions.parse("upperdir=/s/2/fs,lowerdir=/s/1/fs");

        assertThat(options.within(4096)).isEqualTo(options);
    }

    @Test
    void longPathsBeginAtTheDirectoryTheyHaveInCommon() {
        String lowers = IntStream.range(0, 100)
                .mapToObj(i -> "/var/lib/root/snapshots/" + i + "/fs")
                .collect(Collectors.joining(":"));

        OverlayOptions options = OverlayOptions.parse("ro,upperdir=/var/lib/root/snapshots/200/fs,lowerdir=" + lowers)
                .within(200);

        assertThat(options.directory()).isEqualTo(Path.of("/var/lib/root/snapshots"));
        assertThat(options.options().subList(0, 2)).isEqualTo(List.of("ro", "upperdir=200/fs"));
        assertThat(options.options().getLast())
                .startsWith("lowerdir=0/fs:1/fs:")
                .endsWith(":99/fs");
    }

    @Test
    void pathsWithNothingInCommonStayAsTheyAre() {
        OverlayOptions options = OverlayOptions.parse("upperdir=/a/fs,lowerdir=/b/fs:/c/fs");

        assertThat(options.within(5)).isEqualTo(options);
        assertThat(OverlayOptions.parse("lowerdir=b/fs:/c/fs").within(5).directory())
                .isEqualTo(Path.of("").toAbsolutePath());
    }
}
