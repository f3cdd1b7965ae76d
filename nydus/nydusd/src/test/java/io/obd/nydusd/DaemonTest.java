package io.obd.nydusd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.obd.linux.Errno;
import io.obd.linux.ErrnoException;
import io.obd.linux.MountTable;
import io.obd.linux.Mounts;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.Bootstrap;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine;

/** With a kernel that refuses to read images by itself. */
@Timeout(120)
class DaemonTest {
    @TempDir
    private Path directory;

    private final AtomicReference<Path> hidden = new AtomicReference<>(Path.of("/"));
    private Path mountPoint = Path.of("");

    @BeforeEach
    void makeMountPoint() throws IOException {
        assumeTrue(Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "mounting needs the root user");
        assumeTrue(Files.exists(Path.of("/dev/fuse")), "the kernel has no FUSE");
        mountPoint = Files.createDirectory(directory.resolve("mnt"));
    }

    private ErofsMount refusing(Errno reason) {
        return new ErofsMount((source, target, type, options) -> {
            hidden.set(Objects.requireNonNull(Path.of(source).getParent()));
            throw new ErrnoException("mount " + type + " " + source + " on " + target, reason.number());
        });
    }

    private static Path golden(String name) throws URISyntaxException {
        return Path.of(Objects.requireNonNull(DaemonTest.class.getResource("/golden/" + name))
                .toURI());
    }

    private Options options(String frontend) throws Exception {
        return options(frontend, "");
    }

    /** @param cache a key of the device and its value, or nothing */
    private Options options(String frontend, String cache) throws Exception {
        Path config = Files.writeString(
                directory.resolve("config.json"),
                "{\"device\":{\"backend\":{\"type\":\"localfs\",\"config\":{\"dir\":\"" + golden("blobs") + "\"}}"
                        + cache + "},\"mode\":\"direct\"}");
        Options options = new Options();
        new CommandLine(options)
                .parseArgs(
                        "--config",
                        config.toString(),
                        "--bootstrap",
                        golden("v6-none/base.boot").toString(),
                        "--mountpoint",
                        mountPoint.toString(),
                        "--frontend",
                        frontend);
        return options;
    }

    @ParameterizedTest
    @EnumSource(
            value = Errno.class,
            names = {"ENODEV", "ENOTBLK", "EINVAL"})
    void whatTheKernelDoesNotReadIsServedOverFuse(Errno refusal) throws Exception {
        Daemon daemon = Daemon.start(options("auto"), Map.of(), refusing(refusal));
        try {
            assertThat(MountTable.read().at(mountPoint).orElseThrow().type()).isEqualTo("fuse");
            assertThat(Files.readAllBytes(mountPoint.resolve("dup/a.bin"))).hasSize(30000);
            assertNothingIsLeftOfTheAttempt();
        } finally {
            daemon.close();
        }
        assertThat(MountTable.read().at(mountPoint)).isEmpty();
    }

    @Test
    void aFullDiskOfTheCacheDoesNotKeepAnImageFromBeingRead() throws Exception {
        Path cache = Files.createDirectory(directory.resolve("cache"));
        for (BlobInfo blob : Bootstrap.load(golden("v6-none/base.boot")).blobs()) {
            Files.createSymbolicLink(cache.resolve(blob.id() + ".blob.data"), Path.of("/dev/full"));
        }
        Options options =
                options("fuse", ",\"cache\":{\"type\":\"blobcache\",\"config\":{\"work_dir\":\"" + cache + "\"}}");
        try (Daemon _ = Daemon.start(options, Map.of(), refusing(Errno.ENODEV))) {
            assertThat(Files.readAllBytes(mountPoint.resolve("dup/a.bin"))).hasSize(30000);
        }
    }

    @Test
    void noImageTakesThePlaceOfAnotherOne() throws Exception {
        Options options = options("fuse");
        MountRequest request = new MountRequest(
                "rafs",
                golden("v6-none/base.boot").toString(),
                Files.readString(Objects.requireNonNull(options.config)),
                null);
        options.bootstrap = null;
        try (Daemon daemon = Daemon.start(options, Map.of(), refusing(Errno.ENODEV))) {
            daemon.mount("/p/q", request);

            assertThatThrownBy(() -> daemon.mount("/p/q/r", request))
                    .isInstanceOf(IOException.class)
                    .hasMessage("the image at /p/q leaves no place for one at /p/q/r");
            assertThatThrownBy(() -> daemon.mount("/p", request))
                    .isInstanceOf(IOException.class)
                    .hasMessage("the image at /p/q leaves no place for one at /p");

            daemon.mount("/p/qr", request);
            assertThat(mountPoint.resolve("p/q/dup/a.bin")).isRegularFile();
            assertThat(mountPoint.resolve("p/qr/dup/a.bin")).isRegularFile();
        }
    }

    @Test
    void whatSomebodyElseHasMountedUponItStays() throws Exception {
        Mounts mounts = new Mounts();
        Daemon daemon = Daemon.start(options("fuse"), Map.of(), refusing(Errno.ENODEV));
        mounts.mount("other", mountPoint, "tmpfs", List.of());
        try {
            daemon.close();
            assertThat(MountTable.read().at(mountPoint).orElseThrow().type()).isEqualTo("tmpfs");
        } finally {
            mounts.unmountLazily(mountPoint);
            mounts.unmountLazily(mountPoint);
        }
    }

    @Test
    void whoWantsErofsIsToldWhyThereIsNone() {
        assertThatThrownBy(() -> Daemon.start(options("erofs"), Map.of(), refusing(Errno.ENODEV)))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("--frontend erofs: mount erofs ")
                .hasMessageContaining("ENODEV");
        assertNothingIsLeftOfTheAttempt();
    }

    private void assertNothingIsLeftOfTheAttempt() {
        assertThat(hidden.get()).isNotEqualTo(Path.of("/")).doesNotExist();
    }
}
