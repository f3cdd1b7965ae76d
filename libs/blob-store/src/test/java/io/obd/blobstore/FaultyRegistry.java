package io.obd.blobstore;

import io.obd.registry.Digest;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A registry with one blob that does what it is told: it may be far away and its link narrow, and every answer can be
 * exchanged for a wrong one.
 */
public final class FaultyRegistry implements Closeable {
    private static final int STEP = 64 << 10;
    private static final double NANOS_PER_SECOND = 1e9;

    private final ServerSocket server;
    private final ByteBuffer content;
    private final Digest digest;
    private final AtomicInteger requests = new AtomicInteger();
    private final LongAdder sent = new LongAdder();
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
    private volatile Answer answer = Request::serve;
    private volatile long delayNanos;
    private volatile double bytesPerSecond = Double.MAX_VALUE;
    private long linkFreeAt = System.nanoTime();

    /** How a request is answered. */
    public interface Answer {
        /** Writes the answer, or fails to. */
        void to(Request request) throws IOException;
    }

    /** Serves a blob at an address of this host. */
    public FaultyRegistry(ByteBuffer content, Digest digest) throws IOException {
        this(content, digest, new ServerSocket(0, 1000, InetAddress.getLoopbackAddress()));
    }

    /** Serves a blob on a socket, which may speak TLS. */
    public FaultyRegistry(ByteBuffer content, Digest digest, ServerSocket server) {
        this.content = content;
        this.digest = digest;
        this.server = server;
        Thread.ofVirtual().name("faulty-registry").start(this::accept);
    }

    /** A registry of random bytes. */
    public static FaultyRegistry of(byte[] content) throws IOException {
        return new FaultyRegistry(ByteBuffer.wrap(content), Digest.sha256(content));
    }

    public int port() {
        return server.getLocalPort();
    }

    /** What device specifications have as repoBlobUrl. */
    public String blobsUrl() {
        return "http://localhost:" + port() + "/v2/app/blobs";
    }

    public Digest digest() {
        return digest;
    }

    /** Length of the blob in bytes. */
    public long size() {
        return content.limit();
    }

    /** Bytes of the blob that have been sent. */
    public long sent() {
        return sent.sum();
    }

    /** Requests that have come. */
    public int requests() {
        return requests.get();
    }

    /** From now on answers like this. */
    public void answer(Answer with) {
        answer = with;
    }

    /** The first requests are answered like this, the others as they should be. */
    public void answerFirst(int count, Answer with) {
        AtomicInteger left = new AtomicInteger(count);
        answer = request -> {
            if (left.getAndDecrement() > 0) {
                with.to(request);
            } else {
                request.serve();
            }
        };
    }

    /**
     * Moves the registry away.
     *
     * @param roundTripMillis wait before each answer
     * @param megabitsPerSecond what all answers together get
     */
    public void move(long roundTripMillis, double megabitsPerSecond) {
        delayNanos = roundTripMillis * 1_000_000;
        bytesPerSecond = megabitsPerSecond * 1e6 / 8;
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = server.accept();
                connections.add(socket);
                Thread.ofVirtual().name("faulty-connection").start(() -> converse(socket));
            }
        } catch (IOException e) {
            if (!server.isClosed()) {
                throw new IllegalStateException(e);
            }
        }
    }

    private void converse(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream());
            OutputStream out = new BufferedOutputStream(socket.getOutputStream(), STEP);
            for (Request request = read(in, out, socket); request != null; request = read(in, out, socket)) {
                requests.incrementAndGet();
                LockSupport.parkNanos(delayNanos);
                answer.to(request);
                out.flush();
                if (request.closes) {
                    return;
                }
            }
        } catch (IOException _) {
            // The client has had enough.
        } finally {
            connections.remove(socket);
        }
    }

    private @Nullable Request read(InputStream in, OutputStream out, Socket socket) throws IOException {
        String line = line(in);
        if (line.isEmpty()) {
            return null;
        }
        Map<String, String> headers = new TreeMap<>();
        for (String header = line(in); !header.isEmpty(); header = line(in)) {
            int colon = header.indexOf(':');
            headers.put(
                    header.substring(0, colon).toLowerCase(Locale.ROOT),
                    header.substring(colon + 1).strip());
        }
        return new Request(line.split(" ")[1], headers, out, socket);
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    /** Waits until the link has room for this many bytes. */
    private void pass(int bytes) {
        long until;
        synchronized (connections) {
            linkFreeAt = Math.max(linkFreeAt, System.nanoTime() - 5_000_000)
                    + (long) (bytes / bytesPerSecond * NANOS_PER_SECOND);
            until = linkFreeAt;
        }
        long left = until - System.nanoTime();
        if (left > 1_000_000) {
            LockSupport.parkNanos(left);
        }
    }

    /** A request that waits for its answer. */
    public final class Request {
        private final String target;
        private final Map<String, String> headers;
        private final OutputStream out;
        private final Socket socket;
        private boolean closes;

        private Request(String target, Map<String, String> headers, OutputStream out, Socket socket) {
            this.target = target;
            this.headers = headers;
            this.out = out;
            this.socket = socket;
        }

        /** Path and query. */
        public String target() {
            return target;
        }

        /** A header, empty if there is none. */
        public String header(String name) {
            return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "");
        }

        private long first() {
            return Long.parseLong(header("Range").replaceAll("bytes=([0-9]+)-.*", "$1"));
        }

        private long last() {
            return Math.min(Long.parseLong(header("Range").replaceAll("bytes=[0-9]+-", "")), content.limit() - 1L);
        }

        /** As it should be: the range that was asked for. */
        public void serve() throws IOException {
            long first = first();
            head206(first, last(), last() - first + 1);
            body(first, last() - first + 1);
        }

        /** The head of an answer with a range. */
        public void head206(long first, long last, long length) throws IOException {
            head(
                    206,
                    "Content-Range: bytes " + first + "-" + last + "/" + content.limit(),
                    "Content-Type: application/octet-stream",
                    "Content-Length: " + length);
        }

        /** The head of an answer. */
        public void head(int status, String... lines) throws IOException {
            out.write(("HTTP/1.1 " + status + " X\r\n" + String.join("\r\n", lines) + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
        }

        /** Bytes of the blob. */
        public void body(long first, long length) throws IOException {
            byte[] step = new byte[STEP];
            for (long at = first; at < first + length; ) {
                int n = (int) Math.min(STEP, first + length - at);
                content.get((int) at, step, 0, n);
                pass(n);
                out.write(step, 0, n);
                sent.add(n);
                at += n;
            }
        }

        /** A complete answer without bytes of the blob. */
        public void reply(int status, String body, String... lines) throws IOException {
            head(
                    status,
                    String.join("\r\n", lines) + (lines.length == 0 ? "" : "\r\n") + "Content-Length: "
                            + body.length());
            out.write(body.getBytes(StandardCharsets.US_ASCII));
        }

        /** The right head, half of the body, and the end of the connection. */
        public void truncate() throws IOException {
            long length = last() - first() + 1;
            head206(first(), last(), length);
            body(first(), length / 2);
            closes = true;
        }

        /** The right range and more of it than was asked for. */
        public void serveTooMuch() throws IOException {
            long length = last() - first() + 1;
            head(206, "Content-Range: bytes " + first() + "-" + last() + "/" + content.limit(), "Connection: close");
            body(first(), length);
            out.write(new byte[1000]);
            closes = true;
        }

        /** The right range with wrong bytes. */
        public void serveDamaged() throws IOException {
            long length = last() - first() + 1;
            head206(first(), last(), length);
            out.write(new byte[(int) length]);
        }

        /** Another range than was asked for. */
        public void serveElsewhere() throws IOException {
            long length = last() - first() + 1;
            head206(first() + 1, last() + 1, length);
            body(first(), length);
        }

        /** The right answer, a byte at a time. */
        public void drip(long millis) throws IOException {
            head206(first(), last(), last() - first() + 1);
            for (long at = first(); at <= last(); at++) {
                out.write(content.get((int) at));
                out.flush();
                LockSupport.parkNanos(millis * 1_000_000);
            }
        }

        /** Nothing, for as long as the client waits. */
        public void keepSilent() throws IOException {
            closes = socket.getInputStream().read() < 0;
        }

        /** A reset of the connection in the middle of the answer. */
        public void reset() throws IOException {
            head206(first(), last(), last() - first() + 1);
            out.flush();
            socket.setSoLinger(true, 0);
            closes = true;
        }
    }

    /** Breaks all connections; nobody is there any more. */
    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : connections) {
            socket.close();
        }
    }
}
