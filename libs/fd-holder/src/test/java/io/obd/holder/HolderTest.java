package io.obd.holder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.linux.Errno;
import io.obd.linux.ErrnoException;
import io.obd.linux.LoopDevice;
import io.obd.linux.LoopDevices;
import io.obd.linux.LoopOptions;
import io.obd.linux.MessageSocket;
import io.obd.linux.RawFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class HolderTest {
    private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");

    /** Of a daemon: that for its requests, and the one that it watches. */
    private static final int OWN_CONNECTIONS = 2;

    @TempDir
    Path dir;

    private Path socket;
    private Holder holder;

    @BeforeEach
    void start() throws IOException {
        socket = dir.resolve("holder.sock");
        holder = Holder.open(socket);
    }

    @AfterEach
    void end() throws IOException {
        holder.end();
        await(() -> processes().isEmpty());
    }

    @Test
    void aSuccessorFindsWhatWasHeld() throws IOException {
        Path file = Files.writeString(dir.resolve("file"), "abcdef");
        try (RawFile open = RawFile.open(file, RawFile.READ_ONLY)) {
            open.read(ByteBuffer.allocateDirect(3));
            holder.hold(held("fuse", "session", open));
            holder.hold(held("device", "old"));
            holder.hold(held("device", "new"));
            holder.hold(held("gone", "soon"));
            holder.release("gone");
        }
        holder.close();

        holder = Holder.open(socket);
        List<Held> found = holder.takeOver();

        assertThat(found).extracting(Held::key).containsExactly("fuse", "device");
        assertThat(found.get(1).value()).asString().isEqualTo("new");
        try (RawFile received = found.getFirst().descriptors().getFirst()) {
            ByteBuffer rest = ByteBuffer.allocateDirect(8);
            received.read(rest);
            assertThat(StandardCharsets.US_ASCII.decode(rest.flip()).toString()).isEqualTo("def");
        }
    }

    @Test
    void onlyItsOwnerMayConnect() throws IOException {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                .isEqualTo("rw-------");
    }

    @Test
    void aHolderThatDiesIsReplacedByOneThatHasEverything() throws IOException {
        try (RawFile open = RawFile.open(Path.of("/dev/null"), RawFile.READ_ONLY)) {
            holder.hold(held("fuse", "session", open));
            ProcessHandle first = processes().getFirst();

            first.destroyForcibly();

            await(() -> !first.isAlive() && processes().size() == 1);
            await(() -> somebodyListens() && aNewClientFindsTheSession());
        }
    }

    /** Stands for a holder. It refuses what it is given on the second connection for requests. */
    private static final class FakeHolder implements AutoCloseable {
        private final MessageSocket listener;
        private final List<MessageSocket> connections = new CopyOnWriteArrayList<>();
        private final Map<Integer, List<String>> held = new ConcurrentHashMap<>();
        private volatile boolean refusing;

        FakeHolder(Path path) throws IOException {
            listener = MessageSocket.listen(path);
            Thread.ofPlatform().daemon().start(this::accept);
        }

        private void accept() {
            try {
                while (true) {
                    MessageSocket next = listener.accept();
                    int number = connections.size();
                    connections.add(next);
                    Thread.ofPlatform().daemon().start(() -> serve(number, next));
                }
            } catch (IOException _) {
                // The listener is closed.
            }
        }

        private void serve(int number, MessageSocket socket) {
            try {
                Message message = new Message(socket);
                for (byte kind = message.receive(); kind != 0; kind = message.receive()) {
                    if (kind == Message.HOLD && refusing) {
                        refusing = false;
                        message.send(new ErrnoException("hold", Errno.ENOSPC, "a test"));
                        continue;
                    }
                    if (kind == Message.HOLD) {
                        held.computeIfAbsent(number, _ -> new CopyOnWriteArrayList<>())
                                .add(message.held().key());
                    }
                    message.send(Message.DONE);
                }
            } catch (IOException _) {
                // The other side is gone.
            }
        }

        @Override
        public void close() throws IOException {
            for (MessageSocket connection : connections) {
                connection.shutDown();
            }
            listener.shutDown();
        }
    }

    @Test
    void oneThatDidNotGetEverythingIsToldAnew() throws IOException {
        try (FakeHolder fake = new FakeHolder(dir.resolve("fake.sock"));
                Holder client = Holder.open(dir.resolve("fake.sock"))) {
            client.hold(held("a", "1"));
            await(() -> fake.connections.size() == 2);
            fake.refusing = true;
            fake.connections.getFirst().shutDown();

            assertThatThrownBy(() -> client.hold(held("b", "2"))).hasMessageContaining("ENOSPC");

            await(() -> fake.held.entrySet().stream()
                    .anyMatch(each -> each.getKey() > 1 && each.getValue().equals(List.of("a"))));
            client.hold(held("c", "3"));
            assertThat(fake.held.get(fake.connections.size() - 2)).containsExactly("a", "c");
        }
    }

    private boolean somebodyListens() {
        try (MessageSocket _ = MessageSocket.connect(socket, Duration.ofSeconds(1))) {
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    private boolean aNewClientFindsTheSession() throws IOException {
        try (Holder other = Holder.open(socket)) {
            List<Held> found = other.takeOver();
            for (Held held : found) {
                held.descriptors().getFirst().close();
            }
            return found.size() == 1;
        }
    }

    @Test
    void itAttachesAndDetachesLoopDevices() throws IOException {
        Assumptions.assumeTrue(
                Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "loop devices need the root user");
        Path file = Files.write(dir.resolve("disk"), new byte[1 << 20]);

        LoopDevice device = holder.attach(file, new LoopOptions(true, false, 512));

        try {
            assertThat(device.backingFile()).isEqualTo(file.toString());
            try (RawFile _ = RawFile.open(device.path(), RawFile.READ_ONLY | RawFile.EXCLUSIVE)) {
                assertThatThrownBy(() -> holder.detach(device))
                        .hasMessageStartingWith("detach " + device.path() + ": EBUSY")
                        .hasMessageContaining(
                                "open in process " + ProcessHandle.current().pid());
            }
        } finally {
            holder.detach(device);
        }
    }

    @Test
    void aDeviceThatNobodyWaitsForAnyMoreIsDetached() throws IOException {
        Assumptions.assumeTrue(Files.isWritable(Path.of("/dev/loop-control")), "no loop devices here");
        Path file = Files.write(dir.resolve("backing"), new byte[4096]);
        await(() -> connections() == OWN_CONNECTIONS);
        MessageSocket doomed = MessageSocket.connect(socket, Duration.ofSeconds(5));
        await(() -> connections() == OWN_CONNECTIONS + 1);
        new Message(doomed)
                .begin(Message.ATTACH)
                .put(file.toString())
                .put(new LoopOptions(true, false, 512))
                .send();
        doomed.close();

        await(() -> connections() == OWN_CONNECTIONS);
        assertThat(new LoopDevices().list()).extracting(LoopDevice::backingFile).doesNotContain(file.toString());
    }

    /** How many threads of the holder serve somebody. */
    private int connections() throws IOException {
        int count = 0;
        Path threads = Path.of("/proc/" + processes().getFirst().pid() + "/task");
        try (DirectoryStream<Path> all = Files.newDirectoryStream(threads)) {
            for (Path thread : all) {
                if (Files.readString(thread.resolve("comm")).strip().equals("connection")) {
                    count++;
                }
            }
        } catch (NoSuchFileException e) {
            return -1; // a thread ended meanwhile: to be counted again
        }
        return count;
    }

    @Test
    void anErrorArrivesAsItWas() {
        Path missing = dir.resolve("missing");

        assertThatThrownBy(() -> holder.attach(missing, new LoopOptions(true, false, 512)))
                .hasMessage("open " + missing + ": ENOENT (no such file or directory)");
    }

    @Test
    void moreThanItCanKeepIsRefused() {
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 1000; i++) {
                        holder.hold(new Held("key " + i, new byte[Held.MAX_VALUE], List.of()));
                    }
                })
                .hasMessageContaining("ENOSPC");
    }

    @Test
    void itIsSmall() throws IOException {
        holder.hold(held("device", "a"));
        assertThatThrownBy(() -> holder.attach(dir.resolve("missing"), new LoopOptions(true, false, 512)))
                .isInstanceOf(IOException.class);
        holder.takeOver();

        Matcher resident = RESIDENT.matcher(
                Files.readString(Path.of("/proc/" + processes().getFirst().pid() + "/status")));

        assertThat(resident.find()).isTrue();
        System.out.println("resident: " + resident.group());
        assertThat(Integer.parseInt(resident.group(1))).isLessThan(42 << 10);
    }

    private static Held held(String key, String value, RawFile... descriptors) {
        return new Held(key, value.getBytes(StandardCharsets.US_ASCII), List.of(descriptors));
    }

    private List<ProcessHandle> processes() {
        return ProcessHandle.allProcesses()
                .filter(process -> process.info()
                        .commandLine()
                        .filter(line -> line.endsWith(socket.toString()))
                        .isPresent())
                .toList();
    }

    private interface Condition {
        boolean holds() throws IOException;
    }

    private static void await(Condition condition) throws IOException {
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (!condition.holds()) {
            assertThat(System.nanoTime()).as("waited too long").isLessThan(deadline);
            Thread.onSpinWait();
        }
    }
}
