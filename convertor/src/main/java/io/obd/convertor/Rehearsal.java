package io.obd.convertor;

import com.sun.net.httpserver.HttpExchange;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import io.obd.registry.Manifest;
import io.obd.registry.MediaTypes;
import io.obd.registry.RehearsalServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * A made-up registry with a made-up image, which takes everything and keeps nothing. A conversion of that image loads what one
 * loads in earnest, and so the JVM's ahead-of-time cache of a command that converts images is recorded from it. The image is
 * large enough for the compilers to get to work: what the JVM learned of the methods that take the time is in the cache too.
 * The command has a process of its own: what only the server needs is not in the cache.
 */
public final class Rehearsal {
    private static final String REPOSITORY = "REPOSITORY";
    private static final String CERTIFICATE = "CERTIFICATE";
    private static final int DIRECTORIES = 40;
    private static final int FILES = 30;
    private static final int LENGTH = 16 << 10;

    private Rehearsal() {}

    /**
     * Runs a program, and exits as it does.
     *
     * @param args a directory for what both need; the program and its arguments, in which {@code REPOSITORY} stands for the
     *     repository with the image v1 and {@code CERTIFICATE} for the file of the registry's certificate
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        int exitCode;
        try (RehearsalServer registry = RehearsalServer.start(Path.of(args[0]), new Image()::answer)) {
            List<String> command = Stream.of(args)
                    .skip(1)
                    .map(word -> word.replace(REPOSITORY, registry.host() + "/app")
                            .replace(CERTIFICATE, registry.certificate().toString()))
                    .toList();
            exitCode = new ProcessBuilder(command).inheritIO().start().waitFor();
        }
        System.exit(exitCode);
    }

    private static final class Image {
        private final Map<String, byte[]> documents;
        private final byte[] manifest;

        Image() throws IOException {
            byte[] tar = tar();
            byte[] layer = gzip(tar);
            byte[] config =
                    ("{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\""
                                    + Digest.sha256(tar) + "\"]}}")
                            .getBytes(StandardCharsets.UTF_8);
            Descriptor configBlob = Descriptor.of(MediaTypes.OCI_CONFIG, config);
            Descriptor layerBlob = Descriptor.of(MediaTypes.OCI_LAYER_GZIP, layer);
            manifest = Manifest.of(MediaTypes.OCI_MANIFEST, configBlob, List.of(layerBlob))
                    .toJson();
            documents = Map.of(
                    configBlob.digest().toString(), config, layerBlob.digest().toString(), layer);
        }

        private static byte[] tar() throws IOException {
            byte[] text = text();
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
                for (int i = 0; i < DIRECTORIES; i++) {
                    tar.putArchiveEntry(new TarArchiveEntry("directory" + i + "/"));
                    tar.closeArchiveEntry();
                    for (int k = 0; k < FILES; k++) {
                        TarArchiveEntry file = new TarArchiveEntry("directory" + i + "/file" + k);
                        file.setSize(text.length - k * 100L);
                        tar.putArchiveEntry(file);
                        tar.write(text, 0, (int) file.getSize());
                        tar.closeArchiveEntry();
                    }
                }
            }
            return bytes.toByteArray();
        }

        /** Made of a few words, so that it can be compressed: what is uploaded fits into one request. */
        private static byte[] text() {
            Random random = new Random(1);
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            while (text.size() < LENGTH) {
                text.writeBytes("word%d ".formatted(random.nextInt(1000)).getBytes(StandardCharsets.US_ASCII));
            }
            return text.toByteArray();
        }

        private static byte[] gzip(byte[] content) throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (OutputStream gzip = new GZIPOutputStream(bytes)) {
                gzip.write(content);
            }
            return bytes.toByteArray();
        }

        void answer(HttpExchange exchange) throws IOException {
            exchange.getRequestBody().readAllBytes();
            String path = exchange.getRequestURI().getPath();
            String name = path.substring(path.lastIndexOf('/') + 1);
            switch (exchange.getRequestMethod()) {
                case "POST" -> {
                    exchange.getResponseHeaders().set("Location", path + "session");
                    exchange.sendResponseHeaders(202, -1);
                }
                case "PUT" -> exchange.sendResponseHeaders(201, -1);
                default -> send(exchange, path.contains("/manifests/") ? manifest : documents.get(name));
            }
            exchange.close();
        }

        private static void send(HttpExchange exchange, byte @Nullable [] body) throws IOException {
            if (body == null) {
                exchange.sendResponseHeaders(404, -1);
                return;
            }
            exchange.getResponseHeaders().set("Content-Type", MediaTypes.OCI_MANIFEST);
            exchange.getResponseHeaders()
                    .set("Docker-Content-Digest", Digest.sha256(body).toString());
            if (exchange.getRequestMethod().equals("HEAD")) {
                exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
                exchange.sendResponseHeaders(200, -1);
            } else {
                exchange.sendResponseHeaders(200, body.length);
                exchange.getResponseBody().write(body);
            }
        }
    }
}
