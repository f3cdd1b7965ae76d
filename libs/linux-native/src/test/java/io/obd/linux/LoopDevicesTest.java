package io.obd.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoopDevicesTest {
    private static final LoopOptions READ_ONLY = new LoopOptions(true, true, 512);
    private static final LoopOptions WRITABLE = new LoopOptions(false, true, 512);

    @TempDir
    Path dir;

    private final LoopDevices loops = new LoopDevices();

    @BeforeEach
    void root() throws IOException {
        RootOnly.require();
    }

    @AfterEach
    void leaveNothing() throws IOException {
        for (LoopDevice device : loops.list()) {
            if (device.backingFile().startsWith(dir.toString())) {
                loops.detach(device);
            }
        }
    }

    @Test
    void aFileBecomesADeviceWithItsContent() throws IOException {
        byte[] content = new byte[1 << 20];
        new Random(1).nextBytes(content);
        Path file = Files.write(dir.resolve("image"), content);

        LoopDevice device = loops.attach(file, READ_ONLY);

        try (InputStream in = Files.newInputStream(device.path())) {
            assertThat(in.readAllBytes()).isEqualTo(content);
        }
        assertThat(device.backingFile()).isEqualTo(file.toString());
        assertThat(device.readOnly()).isTrue();
        assertThat(device.directIo()).isTrue();
        assertThat(loops.list()).contains(device);

        loops.detach(device);
        assertThat(loops.list()).doesNotContain(device);
        assertThat(loops.isAttached(device)).isFalse();
    }

    @Test
    void detachingTwiceIsNoError() throws IOException {
        LoopDevice device = loops.attach(image("image"), READ_ONLY);
        loops.detach(device);
        loops.detach(device);
    }

    @Test
    void aMountedDeviceIsNotDetachedAndTheReasonIsNamed() throws Exception {
        LoopDevice device = loops.attach(image("image"), WRITABLE);
        assertThat(new ProcessBuilder("mkfs.ext4", "-q", device.path().toString())
                        .start()
                        .waitFor())
                .isZero();
        Path target = Files.createDirectory(dir.resolve("mnt"));
        Mounts mounts = new Mounts();
        mounts.mount(device.path().toString(), target, "ext4", List.of());
        try {
            assertThatThrownBy(() -> loops.detach(device))
                    .isInstanceOf(ErrnoException.class)
                    .hasMessageStartingWith("detach " + device.path() + ": EBUSY")
                    .hasMessageContaining("mounted at " + target);
        } finally {
            mounts.unmount(target);
        }
    }

    @Test
    void aDeviceThatSomebodyHasOpenStaysAndTheProcessIsNamed() throws IOException {
        LoopDevice device = loops.attach(image("image"), READ_ONLY);
        try (InputStream open = Files.newInputStream(device.path())) {
            assertThatThrownBy(() -> loops.detach(device))
                    .hasMessageContaining(
                            "open in process " + ProcessHandle.current().pid());
            assertThat(open.read()).isZero();
        }
        assertThat(loops.isAttached(device)).isTrue();
    }

    @Test
    void manyAttachesAtOnceGetDevicesOfTheirOwn() throws Exception {
        List<Future<LoopDevice>> attached = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(10)) {
            for (int i = 0; i < 10; i++) {
                Path file = image("image" + i);
                attached.add(threads.submit(() -> loops.attach(file, READ_ONLY)));
            }
        }
        List<Integer> numbers = new ArrayList<>();
        for (Future<LoopDevice> device : attached) {
            numbers.add(device.get().number());
        }
        assertThat(numbers).doesNotHaveDuplicates();
    }

    @Test
    void aMissingFileIsNamed() {
        assertThatThrownBy(() -> loops.attach(dir.resolve("missing"), READ_ONLY))
                .hasMessageStartingWith("open " + dir.resolve("missing") + ": ENOENT");
    }

    private Path image(String name) throws IOException {
        return Files.write(dir.resolve(name), new byte[1 << 20]);
    }
}
