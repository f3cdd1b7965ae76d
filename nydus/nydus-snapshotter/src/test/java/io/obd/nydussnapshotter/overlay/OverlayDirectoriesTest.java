package io.obd.nydussnapshotter.overlay;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.linux.Errno;
import io.obd.linux.ErrnoException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OverlayDirectoriesTest {
    @TempDir
    Path root;

    private final ErrnoException refusal = new ErrnoException("mount overlay overlay on /mnt", Errno.ENOENT, "");

    private OverlayOptions options() {
        return OverlayOptions.parse("lowerdir=%1$s/a:%1$s/b,upperdir=%1$s/up,workdir=%1$s/work".formatted(root));
    }

    @Test
    void theDirectoriesThatAreNotThereAreNamed() throws Exception {
        Files.createDirectory(root.resolve("a"));
        Files.createDirectory(root.resolve("up"));
        Path target = Files.createDirectory(root.resolve("target"));

        assertThat(new OverlayDirectories(target, options()).explain(refusal))
                .hasMessageEndingWith(": there is no lowerdir " + root + "/b, no workdir " + root + "/work")
                .hasCause(refusal);
    }

    @Test
    void theTargetIsNamedToo() throws Exception {
        for (String name : new String[] {"a", "b", "up", "work"}) {
            Files.createDirectory(root.resolve(name));
        }

        assertThat(new OverlayDirectories(root.resolve("target"), options()).explain(refusal))
                .hasMessageEndingWith(": there is no target " + root + "/target");
    }

    @Test
    void anotherErrorStaysAsItIs() {
        ErrnoException other = new ErrnoException("mount overlay overlay on /mnt", Errno.EPERM, "");

        assertThat(new OverlayDirectories(root.resolve("target"), options()).explain(other))
                .isSameAs(other);
    }
}
