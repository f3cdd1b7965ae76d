package io.obd.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.obd.fuse.MemoryTree.MemoryNode;
import io.obd.linux.MessageSocket;
import io.obd.linux.MountTable;
import io.obd.linux.Mounts;
import io.obd.linux.RawFile;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class TreeServerTest {
    private static final int MIB = 1 << 20;
    private static final Duration LONG = Duration.ofSeconds(30);

    @TempDir
    Path dir;

    private final MemoryTree tree = new MemoryTree();
    private Path mountPoint;
    private TreeServer server;

    @BeforeEach
    void mount() throws IOException {
        assumeTrue(Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "mounting needs the root user");
        assumeTrue(Files.exists(Path.of("/dev/fuse")), "the kernel has no FUSE");
        mountPoint = Files.createDirectory(dir.resolve("fuse"));
        server = mount(mountPoint, LONG);
    }

    private TreeServer mount(Path at, Duration ioTimeout) throws IOException {
        return TreeServer.mount(at, "memory", false, tree, new FuseOptions(3, ioTimeout));
    }

    @AfterEach
    void unmount() throws IOException {
        if (MountTable.read().at(mountPoint).isPresent()) {
            new Mounts().unmountLazily(mountPoint);
        }
        server.close();
        assertThat(MountTable.read().below(dir)).isEmpty();
    }

    @Test
    void aTreeLooksAsItIs() throws IOException {
        MemoryNode inner = tree.directory(tree.root(), "a directory");
        MemoryFile content = MemoryFile.random(3 * MIB + 5);
        tree.file(inner, "ä", content);
        tree.link(tree.root(), "link", "a directory/ä");
        for (int i = 0; i < 3000; i++) {
            tree.file(inner, "%04d".formatted(i), MemoryFile.random(1));
        }

        Path file = mountPoint.resolve("a directory/ä");
        assertThat(names(mountPoint)).containsExactlyInAnyOrder("a directory", "link");
        assertThat(names(mountPoint.resolve("a directory"))).hasSize(3001).contains("ä", "0000", "2999");
        assertThat(Files.readAllBytes(file)).isEqualTo(content.content);
        assertThat(Files.readSymbolicLink(mountPoint.resolve("link"))).isEqualTo(Path.of("a directory/ä"));
        assertThat(Files.readAttributes(file, "unix:mode,uid,gid,size"))
                .isEqualTo(Map.of("mode", 0100644, "uid", 12, "gid", 34, "size", (long) content.content.length));
        assertThat(Files.getLastModifiedTime(file).toInstant()).isEqualTo(Instant.ofEpochSecond(1_000_000, 7));
        assertThat(Files.getAttribute(file, "user:name")).isEqualTo("ä".getBytes(StandardCharsets.UTF_8));
        assertThat(MountTable.read().at(mountPoint).orElseThrow().type()).isEqualTo("fuse");
    }

    private static List<String> names(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.map(entry -> String.valueOf(entry.getFileName())).toList();
        }
    }

    @Test
    void aDefectFailsTheRequestAndNoMore() throws IOException {
        tree.file(tree.root(), "a", MemoryFile.random(10));
        tree.fails = true;
        for (int i = 0; i < 10; i++) {
            Path file = mountPoint.resolve("a");
            assertThatThrownBy(() -> Files.readAttributes(file, "size"))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("Input/output error");
        }

        tree.fails = false;

        assertThat(mountPoint.resolve("a")).hasSize(10);
    }

    @Test
    void nothingCanBeChanged() throws IOException {
        tree.file(tree.root(), "a", MemoryFile.random(MIB));

        assertThatThrownBy(() -> Files.write(mountPoint.resolve("a"), new byte[1]))
                .hasMessageContaining("Read-only file system");
        assertThatThrownBy(() -> Files.createFile(mountPoint.resolve("b")))
                .hasMessageContaining("Read-only file system");
        assertThatThrownBy(() -> Files.delete(mountPoint.resolve("a"))).hasMessageContaining("Read-only file system");
    }

    @Test
    void theKernelRemembersWhatItWasToldUntilItHearsOtherwise() throws IOException {
        MemoryNode inner = tree.directory(tree.root(), "d");
        tree.file(inner, "a", MemoryFile.random(10));
        Path missing = mountPoint.resolve("d/missing");
        assertThat(Files.exists(missing)).isFalse();
        assertThat(Files.exists(mountPoint.resolve("d/a"))).isTrue();
        int lookups = tree.lookups.get();
        for (int i = 0; i < 10; i++) {
            assertThat(Files.exists(missing)).isFalse();
            assertThat(Files.exists(mountPoint.resolve("d/a"))).isTrue();
        }
        assertThat(tree.lookups).hasValue(lookups);

        MemoryNode other = tree.directory(tree.root(), "d");
        tree.file(other, "b", MemoryFile.random(10));
        server.invalidate(tree.root().id(), new byte[] {'d'});

        assertThat(names(mountPoint.resolve("d"))).containsExactly("b");
        server.invalidate(tree.root().id(), new byte[] {'x'}); // of which the kernel knows nothing
    }

    @Test
    void aReadThatTakesTooLongFailsAndIsListedBefore() throws Exception {
        HangingFile hanging = new HangingFile(MIB);
        tree.file(tree.root(), "a", hanging);
        tree.file(tree.root(), "b", MemoryFile.random(10));
        Path impatient = Files.createDirectory(dir.resolve("impatient"));
        TreeServer other = mount(impatient, Duration.ofSeconds(2));
        AtomicBoolean failed = new AtomicBoolean();
        CountDownLatch done = new CountDownLatch(1);
        Thread.ofPlatform().daemon().start(() -> {
            try {
                var _ = Files.readAllBytes(impatient.resolve("a"));
            } catch (IOException e) {
                failed.set(String.valueOf(e.getMessage()).contains("Input/output error"));
            } finally {
                done.countDown();
            }
        });
        try {
            long limit = System.nanoTime() + LONG.toNanos();
            while (hanging.waiting.get() == 0 && System.nanoTime() < limit) {
                Thread.sleep(2);
            }
            // Nobody else waits meanwhile.
            assertThat(Files.readAllBytes(impatient.resolve("b"))).hasSize(10);
            assertThat(done.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(failed).isTrue();
        } finally {
            hanging.released.countDown();
            new Mounts().unmountLazily(impatient);
            other.close();
        }
    }

    @Test
    void readsUnderWayAreListed() throws Exception {
        HangingFile hanging = new HangingFile(MIB);
        MemoryNode file = tree.file(tree.root(), "a", hanging);
        CountDownLatch done = new CountDownLatch(1);
        Thread.ofPlatform().daemon().start(() -> {
            try {
                var _ = Files.readAllBytes(mountPoint.resolve("a"));
            } catch (IOException _) {
                // Not what this is about.
            } finally {
                done.countDown();
            }
        });
        long limit = System.nanoTime() + LONG.toNanos();
        while (hanging.waiting.get() == 0 && System.nanoTime() < limit) {
            Thread.sleep(2);
        }

        assertThat(server.readsUnderWay()).isNotEmpty().allMatch(read -> read.node() == file.id());

        hanging.released.countDown();
        assertThat(done.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(server.readsUnderWay()).isEmpty();
    }

    @Test
    void anotherServerGoesOnWithAnOpenFile() throws Exception {
        MemoryFile content = MemoryFile.random(8 * MIB);
        tree.file(tree.root(), "a", content);
        try (RandomAccessFile open =
                new RandomAccessFile(mountPoint.resolve("a").toFile(), "r")) {
            byte[] part = new byte[4096];
            open.readFully(part);
            RawFile copy = copy(server.device());
            FuseSession session = FuseSession.decode(server.session().encode());
            assertThat(server.standDown(LONG)).isTrue();
            assertThat(server.isServing()).isFalse();

            server = TreeServer.takeOver(session, copy, true, tree, new FuseOptions(2, LONG));

            open.seek(6L * MIB);
            open.readFully(part);
            assertThat(part).isEqualTo(Arrays.copyOfRange(content.content, 6 * MIB, 6 * MIB + 4096));
            assertThat(names(mountPoint)).containsExactly("a");
            assertThat(server.session().generation()).isEqualTo(1);
        }
    }

    private RawFile copy(RawFile descriptor) throws IOException {
        Path path = dir.resolve("copies");
        try (MessageSocket listening = MessageSocket.listen(path);
                MessageSocket to = MessageSocket.connect(path, LONG);
                MessageSocket from = listening.accept()) {
            to.send(ByteBuffer.allocateDirect(1), List.of(descriptor));
            return from.receive(ByteBuffer.allocateDirect(10), Channels.DEVICE).getFirst();
        }
    }

    @Test
    void itEndsWhenItIsUnmounted() throws Exception {
        assertThat(Files.exists(mountPoint.resolve("x"), LinkOption.NOFOLLOW_LINKS))
                .isFalse();
        assertThat(server.isServing()).isTrue();

        new Mounts().unmount(mountPoint);

        server.awaitEnd();
        assertThat(server.isServing()).isFalse();
    }
}
