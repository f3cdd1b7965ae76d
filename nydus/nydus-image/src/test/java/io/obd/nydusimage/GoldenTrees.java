package io.obd.nydusimage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.obd.linux.DeviceNumber;
import io.obd.linux.FileNodes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/** The directories that the originals made the golden images of. */
final class GoldenTrees {
    private static final int SOCKET = 0140000;
    private static final int SOCKET_PERMISSIONS = 0755;
    private static final Instant SOCKET_MODIFIED = Instant.ofEpochSecond(1700035431, 506172470);

    private final Path directory;

    GoldenTrees(Path directory) {
        this.directory = directory;
    }

    /** Makes all of them. */
    static GoldenTrees unpack(Path directory) throws IOException, InterruptedException {
        boolean root = "root".equals(System.getProperty("user.name"));
        assumeTrue(root, "only root can make devices and give files to others");
        for (String name : new String[] {"base", "layer2", "layer3", "overlay2"}) {
            unpack(Command.golden("src/" + name + ".tar.gz"), directory.resolve(name));
        }
        // A tar has no sockets.
        FileNodes nodes = new FileNodes();
        Path socket = directory.resolve("base/sock");
        nodes.mknod(socket, SOCKET | SOCKET_PERMISSIONS, new DeviceNumber(0, 0));
        nodes.chmod(socket, SOCKET_PERMISSIONS);
        nodes.setModified(socket, SOCKET_MODIFIED);
        return new GoldenTrees(directory);
    }

    private static void unpack(Path tar, Path target) throws IOException, InterruptedException {
        Files.createDirectories(target);
        Process process = new ProcessBuilder(
                        "tar",
                        "--xattrs",
                        "--xattrs-include=*",
                        "--numeric-owner",
                        "-xpzf",
                        tar.toString(),
                        "-C",
                        target.toString())
                .inheritIO()
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }

    String path(String name) {
        return directory.resolve(name).toString();
    }
}
