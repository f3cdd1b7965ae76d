package io.obd.nydusd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.linux.Errno;
import io.obd.linux.ErrnoException;
import io.obd.nydusd.FrontendChoice.Mount;
import io.obd.nydusd.FrontendChoice.Mounted;
import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FrontendChoiceTest {
    private final FrontendChoice<String> choice = new FrontendChoice<>(() -> "fuse");

    private static Mount<String> refusedWith(Errno reason) {
        return () -> {
            throw new ErrnoException("mount erofs /run/nd1/b on /mnt", reason.number());
        };
    }

    @ParameterizedTest
    @EnumSource(
            value = Errno.class,
            names = {"ENODEV", "ENOTBLK", "EINVAL", "EPERM"})
    void whatTheKernelRefusesIsServedByFuse(Errno refusal) throws IOException {
        Mounted<String> mounted = choice.mount("auto", Optional.empty(), refusedWith(refusal));

        assertThat(mounted.server()).isEqualTo("fuse");
        assertThat(mounted.isErofs()).isFalse();
        assertThat(mounted.reason())
                .startsWith("mount erofs /run/nd1/b on /mnt: ")
                .contains(refusal.name());
    }

    @Test
    void whoWantsErofsGetsNothingElse() {
        assertThatThrownBy(() -> choice.mount("erofs", Optional.empty(), refusedWith(Errno.ENODEV)))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("--frontend erofs: mount erofs");
        assertThatThrownBy(() -> choice.mount("erofs", Optional.of("the image is of version 5"), () -> "erofs"))
                .isInstanceOf(IOException.class)
                .hasMessage("--frontend erofs: the image is of version 5");
    }

    @Test
    void theKernelReadsWhatItCan() throws IOException {
        assertThat(choice.mount("auto", Optional.empty(), () -> "erofs").server())
                .isEqualTo("erofs");
        assertThat(choice.mount("auto", Optional.of("the image is of version 5"), () -> "erofs")
                        .server())
                .isEqualTo("fuse");
        assertThat(choice.mount("fuse", Optional.empty(), () -> "erofs").server())
                .isEqualTo("fuse");
    }
}
