package io.obd.convert.records;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.obd.convert.Blob;
import io.obd.convert.SourceLayer;
import io.obd.registry.CredentialSource;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import io.obd.registry.ImageReference;
import io.obd.registry.Manifest;
import io.obd.registry.MediaTypes;
import io.obd.registry.RegistryClient;
import io.obd.registry.RegistryConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistryRecordsTest {
    private static final Digest CHAIN = Digest.sha256(new byte[] {1});
    private static final Descriptor BLOB = Descriptor.of(MediaTypes.OCI_LAYER, new byte[] {2});
    private static final Descriptor SOURCE = Descriptor.of(MediaTypes.OCI_MANIFEST, new byte[] {3});
    private static final String KEY = "@kind";
    private static final String MARK = "mark";

    private final AtomicInteger mounts = new AtomicInteger();
    private final AtomicBoolean failing = new AtomicBoolean();
    private final Map<String, byte[]> content = new ConcurrentHashMap<>();
    private HttpServer registry;
    private ConversionDatabase database;
    private RegistryClient client;
    private RegistryRecords records;
    private String host;

    @TempDir
    private Path directory;

    /** A registry with some documents and blobs, in which nothing can be mounted. */
    @BeforeEach
    void start() throws Exception {
        registry = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        registry.createContext("/", this::answer);
        registry.start();
        host = "localhost:" + registry.getAddress().getPort();
        RegistryConfig plain =
                RegistryConfig.builder().plainHttpHosts(Set.of("localhost")).build();
        database = ConversionDatabase.sqlite(directory.resolve("records.db"));
        client = new RegistryClient(plain, CredentialSource.ANONYMOUS);
        ImageReference target = ImageReference.parse(host + "/app:v1");
        records = new RegistryRecords(database, client.repository(target), target, "kind", "kind", MARK);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        if (failing.get()) {
            exchange.sendResponseHeaders(403, -1);
        } else if (exchange.getRequestMethod().equals("POST")) {
            mounts.incrementAndGet();
            exchange.sendResponseHeaders(405, -1);
        } else {
            byte[] found = content.get(path.substring(path.lastIndexOf('/') + 1));
            if (found == null) {
                exchange.sendResponseHeaders(404, -1);
            } else if (exchange.getRequestMethod().equals("HEAD")) {
                exchange.getResponseHeaders().set("Content-Length", Integer.toString(found.length));
                exchange.sendResponseHeaders(200, -1);
            } else {
                exchange.getResponseHeaders().set("Content-Type", MediaTypes.OCI_MANIFEST);
                exchange.sendResponseHeaders(200, found.length);
                exchange.getResponseBody().write(found);
            }
        }
        exchange.close();
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        database.close();
        registry.stop(0);
    }

    private Digest put(byte[] bytes) {
        Digest digest = Digest.sha256(bytes);
        content.put(digest.toString(), bytes);
        return digest;
    }

    private Optional<Blob> layer() throws IOException {
        return records.layer(new SourceLayer(0, BLOB, CHAIN, CHAIN, null));
    }

    private void row(Descriptor manifest) throws Exception {
        database.put(
                new ManifestRow(host, "app", manifest.digest(), manifest.size()),
                SOURCE.digest() + KEY,
                MediaTypes.OCI_MANIFEST);
    }

    /** A manifest of one layer, all in the registry. */
    private Descriptor manifest(Map<String, String> annotations) {
        byte[] config = {4};
        put(config);
        put(new byte[] {2});
        byte[] json = Manifest.of(
                        MediaTypes.OCI_MANIFEST,
                        Descriptor.of(MediaTypes.OCI_CONFIG, config),
                        List.of(BLOB.withAnnotations(annotations)))
                .toJson();
        put(json);
        return Descriptor.of(MediaTypes.OCI_MANIFEST, json);
    }

    @Test
    void aLayerThatTheRegistryWillNotMountIsConverted() throws Exception {
        database.put(new LayerRow(host, "other", new Blob(BLOB.digest(), BLOB.size())), CHAIN + KEY);

        assertThat(layer()).isEmpty();
        assertThat(mounts).hasValue(1);
    }

    @Test
    void aLayerThatIsThereIsFound() throws Exception {
        Blob blob = new Blob(put(new byte[] {2}), 1);
        database.put(new LayerRow(host, "app", blob), CHAIN + KEY);

        assertThat(layer()).contains(blob);
    }

    @Test
    void aLayerOfAnotherSizeIsForgotten() throws Exception {
        database.put(new LayerRow(host, "app", new Blob(put(new byte[] {2}), 12345)), CHAIN + KEY);

        assertThat(layer()).isEmpty();
        assertThat(database.layers(host, CHAIN + KEY)).isEmpty();
    }

    @Test
    void aManifestWithAllItsLayersIsFound() throws Exception {
        Descriptor manifest = manifest(Map.of(MARK, "x"));
        row(manifest);

        assertThat(records.manifest(SOURCE, MediaTypes.OCI_MANIFEST))
                .contains(content.get(manifest.digest().toString()));
    }

    @Test
    void aManifestOfAnotherSizeIsForgotten() throws Exception {
        Descriptor manifest = manifest(Map.of(MARK, "x"));
        row(Descriptor.of(MediaTypes.OCI_MANIFEST, manifest.digest(), 55));

        assertThat(records.manifest(SOURCE, MediaTypes.OCI_MANIFEST)).isEmpty();
        assertThat(database.manifests(host, SOURCE.digest() + KEY, MediaTypes.OCI_MANIFEST))
                .isEmpty();
    }

    @Test
    void aManifestThatTheRegistryDoesNotGiveNowIsKeptInMind() throws Exception {
        Descriptor manifest = manifest(Map.of(MARK, "x"));
        row(manifest);
        failing.set(true);

        assertThat(records.manifest(SOURCE, MediaTypes.OCI_MANIFEST)).isEmpty();
        failing.set(false);
        assertThat(records.manifest(SOURCE, MediaTypes.OCI_MANIFEST)).isPresent();
    }

    @Test
    void aDocumentThatIsNoManifestIsForgotten() throws Exception {
        byte[] config = "{}".getBytes(StandardCharsets.UTF_8);
        put(config);
        row(Descriptor.of(MediaTypes.OCI_CONFIG, config));

        assertThat(records.manifest(SOURCE, MediaTypes.OCI_MANIFEST)).isEmpty();
    }

    @Test
    void anImageThatWasNotConvertedIsForgotten() throws Exception {
        row(manifest(Map.of()));

        assertThat(records.manifest(SOURCE, MediaTypes.OCI_MANIFEST)).isEmpty();
    }
}
