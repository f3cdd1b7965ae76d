package io.obd.tools.obd;

import io.obd.image.LayerAnnotations;
import io.obd.registry.Descriptor;
import io.obd.registry.Manifest;
import io.obd.registry.MediaTypes;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okio.Buffer;
import org.jspecify.annotations.Nullable;

/** A registry with one repository {@code app}, which counts the bytes of blobs that it gives away. */
final class ImageRegistry implements Closeable {
    private static final Pattern RANGE = Pattern.compile("bytes=([0-9]+)-([0-9]+)");

    private final MockWebServer server = new MockWebServer();
    private final Map<String, byte[]> blobs = new ConcurrentHashMap<>();
    private final Map<String, byte[]> manifests = new ConcurrentHashMap<>();
    private final AtomicLong sent = new AtomicLong();

    ImageRegistry() throws IOException {
        server.setDispatcher(new Dispatcher() {
            @Override
            public MockResponse dispatch(RecordedRequest request) {
                return answer(request);
            }
        });
        server.start();
    }

    /** {@code host:port/app} */
    String repository() {
        return server.getHostName() + ":" + server.getPort() + "/app";
    }

    /** Bytes of blobs sent so far. */
    long sent() {
        return sent.get();
    }

    /** Adds an image of overlaybd layers. */
    void addImage(String tag, byte[]... layers) {
        addManifest(tag, Stream.of(layers).map(this::overlaybd).toList());
    }

    /** Adds an image of turboOCI layers, and the layers they refer to. */
    void addTurboOciImage(String tag, List<byte[]> archives, List<byte[]> originals) {
        List<Descriptor> layers = new ArrayList<>();
        for (int i = 0; i < archives.size(); i++) {
            Descriptor layer = overlaybd(archives.get(i));
            Descriptor original = overlaybd(originals.get(i));
            Map<String, String> annotations = new HashMap<>(layer.annotations());
            annotations.put(
                    LayerAnnotations.TURBO_OCI_TARGET_DIGEST, original.digest().toString());
            annotations.put(LayerAnnotations.TURBO_OCI_TARGET_MEDIA_TYPE, MediaTypes.OCI_LAYER_GZIP);
            layers.add(layer.withAnnotations(annotations));
        }
        addManifest(tag, layers);
    }

    /** Adds an image of one ordinary layer. */
    void addOrdinaryImage(String tag) {
        addManifest(tag, List.of(Descriptor.of(MediaTypes.OCI_LAYER_GZIP, new byte[10])));
    }

    /** Gives a blob other bytes than its digest says. */
    void replace(byte[] blob, byte[] other) {
        blobs.put(Descriptor.of("", blob).digest().toString(), other);
    }

    private Descriptor overlaybd(byte[] blob) {
        Descriptor layer = Descriptor.of(MediaTypes.OCI_LAYER, blob);
        blobs.put(layer.digest().toString(), blob);
        return layer.withAnnotations(Map.of(
                LayerAnnotations.BLOB_DIGEST, layer.digest().toString(),
                LayerAnnotations.BLOB_SIZE, Long.toString(layer.size()),
                LayerAnnotations.VERSION, LayerAnnotations.NATIVE_VERSION));
    }

    private void addManifest(String tag, List<Descriptor> layers) {
        Descriptor config = Descriptor.of(MediaTypes.OCI_CONFIG, "{}".getBytes(StandardCharsets.UTF_8));
        byte[] manifest = Manifest.of(MediaTypes.OCI_MANIFEST, config, layers).toJson();
        manifests.put(tag, manifest);
        manifests.put(Descriptor.of("", manifest).digest().toString(), manifest);
    }

    private MockResponse answer(RecordedRequest request) {
        String path = String.valueOf(request.getTarget());
        String name = path.substring(path.lastIndexOf('/') + 1);
        if (path.startsWith("/v2/app/manifests/")) {
            byte[] manifest = manifests.get(name);
            return manifest == null
                    ? new MockResponse.Builder().code(404).build()
                    : new MockResponse.Builder()
                            .addHeader("Content-Type", MediaTypes.OCI_MANIFEST)
                            .addHeader(
                                    "Docker-Content-Digest",
                                    Descriptor.of("", manifest).digest().toString())
                            .body(new Buffer().write(manifest))
                            .build();
        }
        byte[] blob = blobs.get(name);
        return blob == null
                ? new MockResponse.Builder().code(404).build()
                : range(blob, request.getHeaders().get("Range"));
    }

    private MockResponse range(byte[] blob, @Nullable String range) {
        Matcher bytes = RANGE.matcher(String.valueOf(range));
        if (!bytes.matches()) {
            sent.addAndGet(blob.length);
            return new MockResponse.Builder().body(new Buffer().write(blob)).build();
        }
        int first = Integer.parseInt(bytes.group(1));
        int last = Math.min(Integer.parseInt(bytes.group(2)), blob.length - 1);
        sent.addAndGet(last + 1 - first);
        return new MockResponse.Builder()
                .code(206)
                .addHeader("Content-Range", "bytes " + first + "-" + last + "/" + blob.length)
                .body(new Buffer().write(blob, first, last + 1 - first))
                .build();
    }

    @Override
    public void close() {
        server.close();
    }
}
