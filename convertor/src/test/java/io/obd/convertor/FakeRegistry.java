package io.obd.convertor;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** As much of a registry as a conversion needs, in memory, and ready to misbehave. */
final class FakeRegistry implements Closeable {
    private static final Pattern PATH = Pattern.compile("/v2/(.+)/(manifests|blobs|blobs/uploads)/([^/]*)");

    final Map<String, byte[]> blobs = new ConcurrentHashMap<>();
    final Map<String, Document> documents = new ConcurrentHashMap<>();
    private final Map<String, ByteArrayOutputStream> uploads = new ConcurrentHashMap<>();
    private final AtomicInteger finishedUploads = new AtomicInteger();
    private final HttpServer server;
    private @Nullable String authorization;
    private volatile boolean dead;
    private volatile boolean diesAtUpload;
    private volatile int uploadsBeforeStall = Integer.MAX_VALUE;
    private volatile int mostUploads = Integer.MAX_VALUE;
    private final AtomicInteger bytesBeforeBreak = new AtomicInteger(-1);
    private final AtomicLong received = new AtomicLong();
    private volatile boolean forgetful;
    private final CountDownLatch closed = new CountDownLatch(1);

    record Document(String mediaType, String text) {}

    FakeRegistry() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
    }

    /** {@code host:port} */
    String host() {
        return "localhost:" + server.getAddress().getPort();
    }

    void requirePassword(String userPassword) {
        authorization = "Basic " + Base64.getEncoder().encodeToString(userPassword.getBytes(StandardCharsets.UTF_8));
    }

    /** How many blobs were uploaded. */
    int uploads() {
        return finishedUploads.get();
    }

    /** From the first byte of an upload on no request is answered any more. */
    void dieAtUpload() {
        diesAtUpload = true;
    }

    /**
     * The connection of the next upload breaks when so many bytes of it are here.
     *
     * @param forgets whether they, and the session, are gone then
     */
    void breakAnUploadAfter(int bytes, boolean forgets) {
        forgetful = forgets;
        bytesBeforeBreak.set(bytes);
    }

    /** Bytes of uploads that arrived, those that were forgotten too. */
    long received() {
        return received.get();
    }

    /** When so many blobs were uploaded, no more are allowed. */
    void refuseUploadsAfter(int count) {
        mostUploads = count;
    }

    /** When so many blobs were uploaded, uploads are not answered before the end, or until there is another number. */
    void stallAfterUploads(int count) {
        uploadsBeforeStall = count;
    }

    Descriptor addBlob(String mediaType, byte[] content) {
        Descriptor descriptor = Descriptor.of(mediaType, content);
        blobs.put(descriptor.digest().toString(), content);
        return descriptor;
    }

    Descriptor addDocument(String tag, String mediaType, byte[] content) {
        Descriptor descriptor = Descriptor.of(mediaType, content);
        Document document = new Document(mediaType, new String(content, StandardCharsets.UTF_8));
        documents.put(tag, document);
        documents.put(descriptor.digest().toString(), document);
        return descriptor;
    }

    @Override
    public void close() {
        closed.countDown();
        server.stop(0);
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            Matcher path = PATH.matcher(exchange.getRequestURI().getPath());
            if (dead) {
                return;
            }
            if (authorization != null
                    && !authorization.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
                exchange.getResponseHeaders().add("WWW-Authenticate", "Basic realm=\"fake\"");
                answer(exchange, 401, new byte[0]);
            } else if (!path.matches()) {
                answer(exchange, exchange.getRequestURI().getPath().equals("/v2/") ? 200 : 404, new byte[0]);
            } else {
                switch (path.group(2)) {
                    case "manifests" -> document(exchange, path.group(3));
                    case "blobs" -> blob(exchange, path.group(3));
                    default -> upload(exchange, path.group(3));
                }
            }
        }
    }

    private void document(HttpExchange exchange, String reference) throws IOException {
        if (exchange.getRequestMethod().equals("PUT")) {
            byte[] content = exchange.getRequestBody().readAllBytes();
            addDocument(reference, exchange.getRequestHeaders().getFirst("Content-Type"), content);
            answer(exchange, 201, new byte[0]);
            return;
        }
        Document document = documents.get(reference);
        if (document == null) {
            answer(exchange, 404, "{\"errors\":[{\"code\":\"MANIFEST_UNKNOWN\"}]}".getBytes(StandardCharsets.UTF_8));
            return;
        }
        byte[] content = document.text().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", document.mediaType());
        exchange.getResponseHeaders()
                .add("Docker-Content-Digest", Digest.sha256(content).toString());
        answer(exchange, 200, content);
    }

    private void blob(HttpExchange exchange, String digest) throws IOException {
        byte[] content = blobs.get(digest);
        answer(exchange, content == null ? 404 : 200, content == null ? new byte[0] : content);
    }

    private void upload(HttpExchange exchange, String id) throws IOException {
        if (diesAtUpload && !id.isEmpty()) {
            dead = true;
            return;
        }
        if (finishedUploads.get() >= uploadsBeforeStall) {
            awaitClose();
            return;
        }
        if (finishedUploads.get() >= mostUploads) {
            answer(exchange, 403, new byte[0]);
            return;
        }
        String session = id.isEmpty() ? UUID.randomUUID().toString() : id;
        if (id.isEmpty()) {
            uploads.put(session, new ByteArrayOutputStream());
        }
        ByteArrayOutputStream bytes = uploads.get(session);
        if (bytes == null) {
            answer(exchange, 404, new byte[0]);
            return;
        }
        int most = id.isEmpty() ? -1 : bytesBeforeBreak.getAndSet(-1);
        if (most >= 0) {
            receive(exchange.getRequestBody().readNBytes(most), bytes);
            if (forgetful) {
                uploads.remove(session);
            }
            return;
        }
        receive(exchange.getRequestBody().readAllBytes(), bytes);
        if (exchange.getRequestMethod().equals("PUT")) {
            String digest =
                    Objects.requireNonNull(exchange.getRequestURI().getQuery()).replaceFirst(".*digest=", "");
            blobs.put(digest, bytes.toByteArray());
            finishedUploads.incrementAndGet();
            answer(exchange, Digest.sha256(bytes.toByteArray()).toString().equals(digest) ? 201 : 400, new byte[0]);
            return;
        }
        String path = exchange.getRequestURI().getPath();
        exchange.getResponseHeaders().add("Location", id.isEmpty() ? path + session : path);
        exchange.getResponseHeaders().add("Range", "0-" + Math.max(0, bytes.size() - 1));
        answer(exchange, 202, new byte[0]);
    }

    private void receive(byte[] part, ByteArrayOutputStream upload) {
        upload.writeBytes(part);
        received.addAndGet(part.length);
    }

    private void awaitClose() throws IOException {
        try {
            closed.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private static void answer(HttpExchange exchange, int status, byte[] content) throws IOException {
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().add("Content-Length", Integer.toString(content.length));
            exchange.sendResponseHeaders(status, -1);
        } else {
            exchange.sendResponseHeaders(status, content.length == 0 ? -1 : content.length);
            exchange.getResponseBody().write(content);
        }
    }
}
