package io.obd.ctr.fake;

import static java.util.Objects.requireNonNull;

import io.obd.registry.Descriptor;
import io.obd.registry.ImageReference;
import io.obd.registry.Manifest;
import io.obd.registry.MediaTypes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okio.Buffer;
import org.jspecify.annotations.Nullable;

/** A registry with one repository, {@code app}, over plain HTTP. */
public final class FakeRegistry implements AutoCloseable {
    /** What was asked for: method, and the last two parts of the path. */
    public final List<String> requests = new CopyOnWriteArrayList<>();

    /** Blobs to be answered with other bytes. */
    public final Map<String, byte[]> corrupted = new ConcurrentHashMap<>();

    /** Who may ask, {@code user:password}; null for everybody. */
    public volatile @Nullable String password;

    /** Whether ranges are answered with the whole blob. */
    public volatile boolean ignoresRanges;

    private final MockWebServer server = new MockWebServer();
    private final Map<String, byte[]> contents = new ConcurrentHashMap<>();
    private final Map<String, Descriptor> manifests = new ConcurrentHashMap<>();

    public FakeRegistry() throws IOException {
        server.setDispatcher(new Dispatcher() {
            @Override
            public MockResponse dispatch(RecordedRequest request) {
                return answer(request);
            }
        });
        server.start();
    }

    /** host:port */
    public String host() {
        return server.getHostName() + ":" + server.getPort();
    }

    /** The image of this tag. */
    public ImageReference image(String tag) {
        return new ImageReference(host(), "app", tag, null);
    }

    /** Puts a blob there. */
    public Descriptor blob(String mediaType, byte[] content) {
        Descriptor blob = Descriptor.of(mediaType, content);
        contents.put(blob.digest().toString(), content);
        return blob;
    }

    /** Puts a layer there. Its diff id is its digest. */
    public Descriptor layer(String content, Map<String, String> annotations) {
        return blob(MediaTypes.OCI_LAYER, content.getBytes(StandardCharsets.UTF_8))
                .withAnnotations(annotations);
    }

    /** Puts the manifest of an image of these layers there. */
    public Descriptor manifest(String tag, List<Descriptor> layers) {
        List<String> diffIds = new ArrayList<>();
        layers.forEach(layer -> diffIds.add("\"" + layer.digest() + "\""));
        String config = "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":["
                + String.join(",", diffIds) + "]}}";
        Descriptor configBlob = blob(MediaTypes.OCI_CONFIG, config.getBytes(StandardCharsets.UTF_8));
        return document(
                tag,
                MediaTypes.OCI_MANIFEST,
                Manifest.of(MediaTypes.OCI_MANIFEST, configBlob, layers).toJson());
    }

    /** Puts a manifest or index there. */
    public Descriptor document(String tag, String mediaType, byte[] content) {
        Descriptor document = blob(mediaType, content);
        manifests.put(tag, document);
        manifests.put(document.digest().toString(), document);
        return document;
    }

    private MockResponse answer(RecordedRequest request) {
        String who = password;
        if (who != null && !authorization(who).equals(request.getHeaders().get("Authorization"))) {
            return new MockResponse.Builder()
                    .code(401)
                    .setHeader("WWW-Authenticate", "Basic realm=\"r\"")
                    .build();
        }
        List<String> path = request.getUrl().pathSegments();
        if (path.size() < 4) {
            return status(200);
        }
        String kind = path.get(path.size() - 2);
        String name = path.getLast();
        requests.add(request.getMethod() + " " + kind + "/" + name);
        Descriptor document = manifests.get(name);
        if (kind.equals("manifests")) {
            return document == null
                    ? status(404)
                    : content(request, document.digest().toString())
                            .setHeader("Content-Type", document.mediaType())
                            .setHeader(
                                    "Docker-Content-Digest", document.digest().toString())
                            .build();
        }
        return contents.containsKey(name) ? content(request, name).build() : status(404);
    }

    private MockResponse.Builder content(RecordedRequest request, String digest) {
        byte[] bytes = requireNonNull(corrupted.getOrDefault(digest, contents.get(digest)));
        MockResponse.Builder response = new MockResponse.Builder().code(200);
        String range = request.getHeaders().get("Range");
        if (range != null && !ignoresRanges) {
            String[] bounds = range.substring("bytes=".length()).split("-");
            int from = Integer.parseInt(bounds[0]);
            int to = bounds.length > 1 ? Math.min(bytes.length, Integer.parseInt(bounds[1]) + 1) : bytes.length;
            response.code(206).setHeader("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + bytes.length);
            bytes = Arrays.copyOfRange(bytes, from, to);
        }
        if (request.getMethod().equals("HEAD")) {
            return response.setHeader("Content-Length", bytes.length);
        }
        return response.body(new Buffer().write(bytes));
    }

    private static String authorization(String who) {
        return "Basic " + Base64.getEncoder().encodeToString(who.getBytes(StandardCharsets.UTF_8));
    }

    private static MockResponse status(int code) {
        return new MockResponse.Builder().code(code).build();
    }

    @Override
    public void close() {
        server.close();
    }
}
