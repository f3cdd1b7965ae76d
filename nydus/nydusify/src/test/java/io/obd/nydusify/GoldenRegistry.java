package io.obd.nydusify;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import io.obd.registry.ImageConfiguration;
import io.obd.registry.Manifest;
import io.obd.registry.MediaTypes;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import org.jspecify.annotations.Nullable;

/**
 * As much of a registry as the commands need, by plain HTTP, with the images that the original tools made. It does not
 * look at what it gives out, so that a blob can be damaged.
 */
final class GoldenRegistry implements Closeable {
    private static final Pattern PATH = Pattern.compile("/v2/(.+)/(manifests|blobs|blobs/uploads|referrers)/([^/]*)");
    private static final Pattern RANGE = Pattern.compile("bytes=([0-9]+)-([0-9]*)");

    private final Map<String, byte[]> content = new ConcurrentHashMap<>();
    private final Map<String, String> mediaTypes = new ConcurrentHashMap<>();
    private final Map<String, Integer> fetched = new ConcurrentHashMap<>();
    private final AtomicInteger pieces = new AtomicInteger();
    private final HttpsServer server;

    GoldenRegistry() throws IOException {
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        HeldCertificate certificate = new HeldCertificate.Builder()
                .addSubjectAlternativeName("localhost")
                .build();
        server.setHttpsConfigurator(new HttpsConfigurator(new HandshakeCertificates.Builder()
                .heldCertificate(certificate)
                .build()
                .sslContext()));
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
    }

    /** The name of an image here. */
    String image(String name) {
        return "localhost:" + server.getAddress().getPort() + "/" + name;
    }

    /** Puts an image of the originals into a repository, under its own tag. */
    void addGolden(String repository, String tag) throws IOException {
        byte[] manifest = Files.readAllBytes(golden(tag + ".json"));
        addDocument(repository, tag, MediaTypes.OCI_MANIFEST, manifest);
        Matcher digests =
                Pattern.compile("\"sha256:([0-9a-f]{64})\"").matcher(new String(manifest, StandardCharsets.UTF_8));
        while (digests.find()) {
            Path blob = golden("blobs").resolve(digests.group(1));
            if (Files.exists(blob)) {
                content.put(repository + "/sha256:" + digests.group(1), Files.readAllBytes(blob));
            }
        }
    }

    private static Path golden(String name) {
        try {
            return Path.of(Objects.requireNonNull(GoldenRegistry.class.getResource("/golden"))
                            .toURI())
                    .resolve(name);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Puts an image of layers, which are tars, into a repository. */
    void addImage(String repository, String tag, List<byte[]> layers) throws IOException {
        List<Descriptor> blobs = new ArrayList<>();
        for (byte[] tar : layers) {
            ByteArrayOutputStream layer = new ByteArrayOutputStream();
            try (OutputStream gzip = new GZIPOutputStream(layer)) {
                gzip.write(tar);
            }
            blobs.add(Descriptor.of(MediaTypes.OCI_LAYER_GZIP, layer.toByteArray()));
            addBlob(repository, layer.toByteArray());
        }
        byte[] config = ImageConfiguration.parse(
                        "{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{}}".getBytes(StandardCharsets.UTF_8))
                .withDiffIds(layers.stream().map(Digest::sha256).toList())
                .toJson();
        addBlob(repository, config);
        Manifest manifest = Manifest.of(MediaTypes.OCI_MANIFEST, Descriptor.of(MediaTypes.OCI_CONFIG, config), blobs);
        addDocument(repository, tag, MediaTypes.OCI_MANIFEST, manifest.toJson());
    }

    Descriptor addDocument(String repository, String tag, String mediaType, byte[] document) {
        Descriptor descriptor = Descriptor.of(mediaType, document);
        for (String reference : new String[] {tag, descriptor.digest().toString()}) {
            content.put(repository + "/" + reference, document);
            mediaTypes.put(repository + "/" + reference, mediaType);
        }
        return descriptor;
    }

    void addBlob(String repository, byte[] blob) {
        content.put(repository + "/" + Digest.sha256(blob), blob);
    }

    /** What a tag or digest stands for; fails if it is not there. */
    byte[] get(String repository, String reference) {
        return Objects.requireNonNull(content.get(repository + "/" + reference), repository + "/" + reference);
    }

    boolean has(String repository, String reference) {
        return content.containsKey(repository + "/" + reference);
    }

    /** How many requests have got a blob, or part of it. */
    int fetched(String repository, String digest) {
        return fetched.getOrDefault(repository + "/" + digest, 0);
    }

    /** How many requests have brought a piece of a blob that was not the last one. */
    int pieces() {
        return pieces.get();
    }

    /** Changes one byte in the middle of a blob. */
    void damage(String repository, String digest) {
        byte[] damaged = get(repository, digest).clone();
        damaged[damaged.length / 2] ^= 1;
        content.put(repository + "/" + digest, damaged);
    }

    void remove(String repository, String reference) {
        content.remove(repository + "/" + reference);
    }

    /** Everything that was put there, to compare before and after. */
    Map<String, Digest> all() {
        Map<String, Digest> all = new TreeMap<>();
        content.forEach((name, bytes) -> all.put(name, Digest.sha256(bytes)));
        return all;
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            Matcher path = PATH.matcher(exchange.getRequestURI().getPath());
            if (!path.matches()) {
                answer(exchange, 404, new byte[0]);
                return;
            }
            String name = path.group(1) + "/" + path.group(3);
            switch (path.group(2)) {
                case "manifests" -> document(exchange, path.group(1), path.group(3));
                case "blobs" -> {
                    if (exchange.getRequestMethod().equals("GET")) {
                        fetched.merge(name, 1, Integer::sum);
                    }
                    serve(exchange, content.get(name));
                }
                case "referrers" -> answer(exchange, 404, new byte[0]);
                default -> upload(exchange, path.group(1), path.group(3));
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private void document(HttpExchange exchange, String repository, String reference) throws IOException {
        if (exchange.getRequestMethod().equals("PUT")) {
            addDocument(
                    repository,
                    reference,
                    exchange.getRequestHeaders().getFirst("Content-Type"),
                    exchange.getRequestBody().readAllBytes());
            answer(exchange, 201, new byte[0]);
            return;
        }
        byte[] document = content.get(repository + "/" + reference);
        if (document != null) {
            exchange.getResponseHeaders().add("Content-Type", mediaTypes.get(repository + "/" + reference));
            exchange.getResponseHeaders()
                    .add("Docker-Content-Digest", Digest.sha256(document).toString());
        }
        serve(exchange, document);
    }

    private static void serve(HttpExchange exchange, byte @Nullable [] bytes) throws IOException {
        String header = exchange.getRequestHeaders().getFirst("Range");
        Matcher range = RANGE.matcher(header == null ? "" : header);
        if (bytes == null) {
            answer(exchange, 404, new byte[0]);
        } else if (range.matches()) {
            int from = Integer.parseInt(range.group(1));
            int to = range.group(2).isEmpty()
                    ? bytes.length
                    : Math.min(bytes.length, Integer.parseInt(range.group(2)) + 1);
            exchange.getResponseHeaders().add("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + bytes.length);
            answer(exchange, 206, Arrays.copyOfRange(bytes, from, to));
        } else {
            answer(exchange, 200, bytes);
        }
    }

    private void upload(HttpExchange exchange, String repository, String id) throws IOException {
        String session = "upload-" + (id.isEmpty() ? UUID.randomUUID() : id);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(content.getOrDefault(session, new byte[0]));
        exchange.getRequestBody().transferTo(bytes);
        content.put(session, bytes.toByteArray());
        if (exchange.getRequestMethod().equals("PATCH")) {
            pieces.incrementAndGet();
        }
        if (exchange.getRequestMethod().equals("PUT")) {
            content.remove(session);
            addBlob(repository, bytes.toByteArray());
            answer(exchange, 201, new byte[0]);
            return;
        }
        exchange.getResponseHeaders()
                .add("Location", "/v2/" + repository + "/blobs/uploads/" + session.substring("upload-".length()));
        exchange.getResponseHeaders().add("Range", "0-" + Math.max(0, bytes.size() - 1));
        answer(exchange, 202, new byte[0]);
    }

    private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().add("Content-Length", Integer.toString(body.length));
            exchange.sendResponseHeaders(status, -1);
        } else {
            exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
        }
    }
}
