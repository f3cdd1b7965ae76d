package io.obd.holder;

import io.obd.linux.Errno;
import io.obd.linux.ErrnoException;
import io.obd.linux.LoopDevice;
import io.obd.linux.LoopDevices;
import io.obd.linux.LoopOptions;
import io.obd.linux.MessageSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The holder's side: keeps what it is given until it is taken back. It also attaches and detaches loop devices for the
 * daemon, which must not open its own files: killed in the middle it would wait for itself.
 *
 * <p>It ends when it is told to, or when it holds nothing and nobody is connected.
 */
final class HolderServer {
    private static final long STACK = 256 << 10;

    private final Path path;
    private final MessageSocket listening;
    private final Table table = new Table();
    private final LoopDevices loops = new LoopDevices();
    private final AtomicInteger connections = new AtomicInteger();
    private final Runnable end;

    private HolderServer(Path path, MessageSocket listening, Runnable end) {
        this.path = path;
        this.listening = listening;
        this.end = end;
    }

    /** Listens, replacing what is at the path; {@code end} is called when there is nothing to do any more. */
    static HolderServer listen(Path path, Runnable end) throws IOException {
        // Bound under another name and moved: nobody can connect before the mode is right.
        Path hidden = path.resolveSibling("." + path.getFileName() + ".new");
        Files.deleteIfExists(hidden);
        MessageSocket listening = MessageSocket.listen(hidden);
        Files.setPosixFilePermissions(hidden, PosixFilePermissions.fromString("rw-------"));
        Files.move(hidden, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return new HolderServer(path, listening, end);
    }

    /** Serves those who connect, a thread each. */
    void serve() throws IOException {
        while (true) {
            MessageSocket socket = listening.accept();
            connections.incrementAndGet();
            new Thread(null, () -> serve(socket), "connection", STACK).start();
        }
    }

    private void serve(MessageSocket socket) {
        try (socket) {
            Message message = new Message(socket);
            for (byte kind = message.receive(); kind != 0; kind = message.receive()) {
                answer(kind, message);
            }
        } catch (IOException e) {
            System.err.println("holder: " + e.getMessage());
        } finally {
            if (connections.decrementAndGet() == 0 && table.isEmpty()) {
                end();
            }
        }
    }

    private void answer(byte kind, Message message) throws IOException {
        try {
            switch (kind) {
                case Message.HOLD -> table.hold(message.held());
                case Message.RELEASE -> table.release(message.text());
                case Message.LIST -> {
                    for (Held held : table.list()) {
                        message.send(Message.HELD, held);
                    }
                }
                case Message.ATTACH -> {
                    attach(message);
                    return;
                }
                case Message.DETACH -> loops.detach(message.loopDevice());
                case Message.END -> {
                    Files.deleteIfExists(path);
                    message.send(Message.DONE);
                    end.run();
                }
                default -> {
                    message.drop();
                    throw new ErrnoException("message " + kind + " of a daemon", Errno.ENOSYS.number());
                }
            }
            message.send(Message.DONE);
        } catch (ErrnoException e) {
            message.send(e);
        }
    }

    /** The file may be one of a daemon that was killed meanwhile: nobody else would ever detach its device. */
    private void attach(Message message) throws IOException {
        Path backing = Path.of(message.text());
        LoopOptions options = message.loopOptions();
        LoopDevice device = loops.attach(backing, options);
        try {
            message.begin(Message.LOOP).put(device).send();
        } catch (ErrnoException e) {
            loops.detach(device);
            throw e;
        }
    }

    private void end() {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            System.err.println("holder: " + e);
        }
        end.run();
    }
}
