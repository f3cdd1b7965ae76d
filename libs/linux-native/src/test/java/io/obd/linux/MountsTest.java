package io.obd.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MountsTest {
    @TempDir
    Path dir;

    private final Mounts mounts = new Mounts();

    @BeforeEach
    void root() throws IOException {
        RootOnly.require();
    }

    @Test
    void flagsAndFileSystemOptionsReachTheKernel() throws IOException {
        Path target = Files.createDirectory(dir.resolve("a directory"));
        mounts.mount("some source", target, "tmpfs", List.of("ro", "nosuid", "size=64k"));
        try {
            Mount mount = MountTable.read().at(target).orElseThrow();

            assertThat(mount.source()).isEqualTo("some source");
            assertThat(mount.options()).contains("ro", "nosuid");
            assertThat(mount.superOptions()).contains("size=64k");
        } finally {
            mounts.unmount(target);
        }
        assertThat(MountTable.read().at(target)).isEmpty();
    }

    @Test
    void aBindMountCanBeReadOnly() throws IOException {
        Path source = Files.createDirectory(dir.resolve("source"));
        Path target = Files.createDirectory(dir.resolve("target"));
        Files.writeString(source.resolve("file"), "content");
        mounts.mount(source.toString(), target, "bind", List.of("rbind", "ro"));
        try {
            assertThat(target.resolve("file")).hasContent("content");
            assertThatThrownBy(() -> Files.writeString(target.resolve("file"), "other"))
                    .hasMessageContaining("Read-only");
        } finally {
            mounts.unmountLazily(target);
        }
    }

    @Test
    void aRefusedMountNamesTheCallAndTheError() {
        assertThatThrownBy(() -> mounts.mount("none", dir, "nosuchfs", List.of()))
                .asInstanceOf(type(ErrnoException.class))
                .satisfies(e -> assertThat(e.is(Errno.ENODEV)).isTrue())
                .satisfies(e -> assertThat(e).hasMessageStartingWith("mount nosuchfs none on " + dir + ": ENODEV"));
        assertThatThrownBy(() -> mounts.unmount(dir)).hasMessageStartingWith("unmount " + dir + ": EINVAL");
    }

    @Test
    void optionsThatTheKernelWouldCutAreRefused() {
        assertThatThrownBy(() -> mounts.mount("none", dir, "overlay", List.of("lowerdir=" + "/l:".repeat(50_000))))
                .hasMessageContaining("the options are 150009 bytes long");
    }
}
