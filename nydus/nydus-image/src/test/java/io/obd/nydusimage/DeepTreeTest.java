package io.obd.nydusimage;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.fs.tar.ByteString;
import io.obd.rafs.Attributes;
import io.obd.rafs.BootstrapWriter;
import io.obd.rafs.Compressor;
import io.obd.rafs.Digester;
import io.obd.rafs.FileType;
import io.obd.rafs.ImageFormat;
import io.obd.rafs.Node;
import io.obd.rafs.RafsVersion;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** With a stack that has no place for a call a directory. */
class DeepTreeTest {
    private static final int DEPTH = 2000;
    private static final int STACK = 256 << 10;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @EnumSource
    void allCommandsTakeATreeAsDeepAsPathsAreLong(RafsVersion version) throws Exception {
        Node root = new Node(FileType.DIRECTORY, attributes());
        Node at = root;
        for (int i = 0; i < DEPTH; i++) {
            Node child = new Node(FileType.DIRECTORY, attributes());
            at.children().put(ByteString.of("d"), child);
            at = child;
        }
        String boot = directory.resolve("boot").toString();
        String tar = directory.resolve("tar").toString();
        String blobs = Files.createDirectory(directory.resolve("blobs")).toString();
        ImageFormat format = new ImageFormat(version, Compressor.NONE, Digester.SHA256, 1 << 20, true);
        run(() -> {
            NewFile.write(Path.of(boot), new BootstrapWriter(format).write(root, List.of(), List.of()));
            return new Command(0, "", "");
        });
        runCommand("check", "-v", boot);
        runCommand("stat", "-B", boot);
        runCommand("inspect", "-R", "chunk 0", boot);
        runCommand("merge", "-B", directory.resolve("merged").toString(), boot, boot);
        runCommand("unpack", "-D", blobs, "--output", tar, boot);
        String number = Integer.toString(version.number());
        runCommand("create", "-t", "tar-rafs", "-v", number, "--repeatable", "-D", blobs, tar);
    }

    private static Attributes attributes() {
        return new Attributes(0755, 0, 0, Instant.EPOCH, Map.of());
    }

    private static void runCommand(String... arguments) throws Exception {
        run(() -> Command.run(arguments));
    }

    private static void run(Callable<Command> work) throws Exception {
        FutureTask<Command> task = new FutureTask<>(work);
        new Thread(null, task, "small", STACK).start();
        Command command = task.get();
        assertThat(command.exitCode()).as(command.err()).isZero();
    }
}
