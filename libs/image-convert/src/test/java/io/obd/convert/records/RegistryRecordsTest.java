package io.obd.convert.records;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.obd.convert.Blob;
import io.obd.convert.SourceLayer;
import io.obd.registry.CredentialSource;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import io.obd.registry.ImageReference;
import io.obd.registry.MediaTypes;
import io.obd.registry.RegistryClient;
import io.obd.registry.RegistryConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistryRecordsTest {
    private static final Digest CHAIN = Digest.sha256(new byte[] {1});
    private static final Descriptor BLOB = Descriptor.of(MediaTypes.OCI_LAYER, new byte[] {2});

    private final AtomicInteger mounts = new AtomicInteger();
    private HttpServer registry;

    @TempDir
    private Path directory;

    /** A registry in which nothing can be mounted. */
    @BeforeEach
    void start() throws Exception {
        registry = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        registry.createContext("/", exchange -> {
            mounts.incrementAndGet();
            exchange.sendResponseHeaders(405, -1);
            exchange.close();
        });
        registry.start();
    }

    @AfterEach
    void stop() {
        registry.stop(0);
    }

    @Test
    void aLayerThatTheRegistryWillNotMountIsConverted() throws Exception {
        String host = "localhost:" + registry.getAddress().getPort();
        RegistryConfig plain =
                RegistryConfig.builder().plainHttpHosts(Set.of("localhost")).build();
        try (ConversionDatabase database = ConversionDatabase.sqlite(directory.resolve("records.db"));
                RegistryClient client = new RegistryClient(plain, CredentialSource.ANONYMOUS)) {
            database.put(new LayerRow(host, "other", new Blob(BLOB.digest(), BLOB.size())), CHAIN + "@kind");
            ImageReference target = ImageReference.parse(host + "/app:v1");
            RegistryRecords records = new RegistryRecords(database, client.repository(target), target, "kind", "kind");

            assertThat(records.layer(new SourceLayer(0, BLOB, CHAIN, CHAIN, null)))
                    .isEmpty();
        }
        assertThat(mounts).hasValue(1);
    }
}
