package io.obd.holder;

import io.obd.linux.Errno;
import io.obd.linux.ErrnoException;
import io.obd.linux.LoopDevice;
import io.obd.linux.LoopOptions;
import io.obd.linux.MessageSocket;
import io.obd.linux.RawFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * The messages between a daemon and its holder, read and written one at a time in the same buffer. A message is its
 * kind, a byte, and its fields: texts and byte arrays with their length before them, numbers of four bytes.
 *
 * <pre>
 * request                                             answer
 * HOLD    key, value, and descriptors                 DONE
 * RELEASE key                                         DONE
 * LIST                                                HELD key, value, and descriptors: one each; DONE
 * ATTACH  path, read-only, direct I/O, block size     LOOP number, backing file, read-only, direct I/O
 * DETACH  number, backing file, read-only, direct I/O DONE
 * END                                                 DONE, and the holder ends
 * any                                                 FAILED error number, call, reason
 * </pre>
 */
final class Message {
    static final byte HOLD = 1;
    static final byte RELEASE = 2;
    static final byte LIST = 3;
    static final byte ATTACH = 4;
    static final byte DETACH = 5;
    static final byte END = 6;
    static final byte DONE = 10;
    static final byte HELD = 11;
    static final byte LOOP = 12;
    static final byte FAILED = 13;

    /** Longest reason of a failure: the list of those who use a device may be long. */
    private static final int MAX_TEXT = 8 << 10;

    private static final Path DESCRIPTOR = Path.of("a descriptor of the holder");

    private final MessageSocket socket;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(MessageSocket.MAX_MESSAGE);
    private List<RawFile> descriptors = List.of();

    Message(MessageSocket socket) {
        this.socket = socket;
    }

    /** Waits for a message and returns its kind, or 0 when the other side is gone. */
    byte receive() throws ErrnoException {
        descriptors = socket.receive(buffer, DESCRIPTOR);
        return buffer.hasRemaining() ? buffer.get() : 0;
    }

    /** Begins a message to be sent. */
    Message begin(byte kind) {
        buffer.clear().put(kind);
        return this;
    }

    void send() throws ErrnoException {
        send(List.of());
    }

    private void send(List<RawFile> with) throws ErrnoException {
        socket.send(buffer.flip(), with);
    }

    void send(byte kind) throws ErrnoException {
        begin(kind).send();
    }

    void send(byte kind, Held held) throws ErrnoException {
        begin(kind).put(held.key()).put(held.value()).send(held.descriptors());
    }

    void send(ErrnoException failure) throws ErrnoException {
        begin(FAILED)
                .put(failure.errno())
                .put(failure.call())
                .put(failure.reason())
                .send();
    }

    Message put(int number) {
        buffer.putInt(number);
        return this;
    }

    Message put(boolean flag) {
        buffer.put((byte) (flag ? 1 : 0));
        return this;
    }

    Message put(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(bytes.length, MAX_TEXT);
        buffer.putInt(length).put(bytes, 0, length);
        return this;
    }

    private Message put(byte[] bytes) {
        buffer.putInt(bytes.length).put(bytes);
        return this;
    }

    Message put(LoopDevice device) {
        return put(device.number())
                .put(device.backingFile())
                .put(device.readOnly())
                .put(device.directIo());
    }

    Message put(LoopOptions options) {
        return put(options.readOnly()).put(options.directIo()).put(options.blockSize());
    }

    private byte[] bytes() throws ErrnoException {
        byte[] bytes = new byte[checked(number())];
        buffer.get(bytes);
        return bytes;
    }

    private int number() throws ErrnoException {
        checked(Integer.BYTES);
        return buffer.getInt();
    }

    private boolean flag() throws ErrnoException {
        checked(1);
        return buffer.get() != 0;
    }

    /** A length that the message has left. */
    private int checked(int length) throws ErrnoException {
        if (length < 0 || length > buffer.remaining()) {
            throw new ErrnoException("message of the holder", Errno.EPROTO.number());
        }
        return length;
    }

    String text() throws ErrnoException {
        return new String(bytes(), StandardCharsets.UTF_8);
    }

    Held held() throws ErrnoException {
        return new Held(text(), bytes(), descriptors);
    }

    LoopDevice loopDevice() throws ErrnoException {
        return new LoopDevice(number(), text(), flag(), flag());
    }

    LoopOptions loopOptions() throws ErrnoException {
        return new LoopOptions(flag(), flag(), number());
    }

    ErrnoException failure() throws ErrnoException {
        int errno = number();
        return new ErrnoException(text(), errno, text());
    }

    /** Closes descriptors that came with a message nobody wanted. */
    void drop() throws IOException {
        for (RawFile descriptor : descriptors) {
            descriptor.close();
        }
    }
}
