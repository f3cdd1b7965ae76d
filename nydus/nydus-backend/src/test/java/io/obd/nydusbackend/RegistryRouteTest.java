package io.obd.nydusbackend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.block.BlobReader;
import io.obd.nydusbackend.config.Settings;
import io.obd.registry.Digest;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RegistryRouteTest {
    private static final String CONTENT = "0123456789";
    private static final String ID = Digest.sha256(CONTENT.getBytes(StandardCharsets.US_ASCII))
            .toString()
            .substring("sha256:".length());
    private static final String BLOB = "/v2/a/blobs/sha256:" + ID;
    /** Resolves nowhere: who wants it has to ask a proxy. */
    private static final String NOWHERE = "registry.invalid";

    private final MockWebServer first = new MockWebServer();
    private final MockWebServer second = new MockWebServer();

    @BeforeEach
    void start() throws IOException {
        for (MockWebServer server : List.of(first, second)) {
            server.setDispatcher(new Blob());
            server.start();
        }
    }

    @AfterEach
    void stop() {
        first.close();
        second.close();
    }

    /** Has the blob, as a registry or as a proxy, and answers every other question with 503. */
    private static final class Blob extends Dispatcher {
        @Override
        public MockResponse dispatch(RecordedRequest request) {
            String range = request.getHeaders().get("Range");
            if (!request.getTarget().endsWith(BLOB) || range == null) {
                return new MockResponse.Builder().code(503).build();
            }
            String[] ends = range.substring("bytes=".length()).split("-");
            int from = Integer.parseInt(ends[0]);
            int to = Integer.parseInt(ends[1]);
            return new MockResponse.Builder()
                    .code(206)
                    .setHeader("Content-Range", "bytes " + from + "-" + to + "/" + CONTENT.length())
                    .body(CONTENT.substring(from, to + 1))
                    .build();
        }
    }

    private static String address(MockWebServer server) {
        return "http://localhost:" + server.getPort();
    }

    private static Settings.Registry registry(String scheme, String host, Settings.Proxy proxy) {
        return new Settings.Registry(scheme, host, "a", "", "", true, List.of(), 30, 30, 0, "", "", proxy);
    }

    private static Settings.Proxy proxy(String url, boolean fallback, String pingUrl, boolean useHttp) {
        return new Settings.Proxy(url, fallback, pingUrl, 1, 300, useHttp);
    }

    private static String read(BlobReader blob, int offset) throws IOException {
        ByteBuffer dst = ByteBuffer.allocate(2);
        blob.read(offset, dst);
        return new String(dst.array(), StandardCharsets.US_ASCII);
    }

    @Test
    void aProxyIsReplacedWhileABlobIsRead() throws Exception {
        Settings.Proxy proxy = proxy(address(first), false, "", false);
        try (RegistryRoute route = RegistryRoute.of(registry("http", NOWHERE, proxy), Map.of())) {
            BlobReader blob = route.open(ID);
            assertThat(read(blob, 2)).isEqualTo("23");
            int before = first.getRequestCount();
            assertThat(route.replacedProxy()).isEmpty();

            route.useProxy("http://bob:secret@localhost:" + second.getPort());

            assertThat(route.replacedProxy()).contains("http://bob:secret@localhost:" + second.getPort());

            assertThat(read(blob, 4)).isEqualTo("45");
            assertThat(second.takeRequest().getRequestLine()).startsWith("GET http://" + NOWHERE + BLOB);
            assertThat(first.getRequestCount()).isEqualTo(before);
            assertThat(route.proxy()).isEqualTo(address(second));
            assertThatThrownBy(() -> route.useProxy("ftp://x")).isInstanceOf(IllegalArgumentException.class);
            assertThat(read(blob, 6)).isEqualTo("67");
        }
    }

    @Test
    void aProxyThatDoesNotAnswerItsPingIsPassedBy() throws Exception {
        String host = "localhost:" + second.getPort();
        Settings.Proxy proxy = proxy(address(first), true, address(first) + "/ping", false);
        try (RegistryRoute route = RegistryRoute.of(registry("http", host, proxy), Map.of())) {
            BlobReader blob = route.open(ID);
            long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (second.getRequestCount() == 0 && System.nanoTime() < limit) {
                assertThat(read(blob, 2)).isEqualTo("23");
            }

            assertThat(second.takeRequest(0, TimeUnit.SECONDS)).isNotNull();
        }
    }

    @Test
    void aProxyMayBeAskedForHttpInThePlaceOfHttps() throws Exception {
        Settings.Proxy proxy = proxy(address(first), false, "", true);
        try (RegistryRoute route = RegistryRoute.of(registry("https", NOWHERE, proxy), Map.of())) {
            assertThat(read(route.open(ID), 2)).isEqualTo("23");
        }
        assertThat(first.takeRequest().getRequestLine()).startsWith("GET http://" + NOWHERE + BLOB);
    }

    @Test
    void aRegistryWithoutTlsIsFoundWhereCertificatesDoNotCount() throws Exception {
        try (ServerSocket plain = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread.ofPlatform().daemon().start(() -> answerAll(plain));
            String host = "localhost:" + plain.getLocalPort();
            try (RegistryRoute route = RegistryRoute.of(registry("https", host, Settings.Proxy.NONE), Map.of())) {
                assertThat(read(route.open(ID), 2)).isEqualTo("23");
            }
        }
    }

    private static void answerAll(ServerSocket server) {
        while (!server.isClosed()) {
            try (Socket connection = server.accept()) {
                answer(connection);
            } catch (IOException _) {
                // The client has gone, or the test is over.
            }
        }
    }

    /** What begins as HTTP gets bytes of the blob, and everything else the answer of a server that speaks nothing else. */
    private static void answer(Socket connection) throws IOException {
        BufferedReader in =
                new BufferedReader(new InputStreamReader(connection.getInputStream(), StandardCharsets.ISO_8859_1));
        OutputStream out = connection.getOutputStream();
        if (in.read() != 'G') {
            out.write("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            connection.shutdownOutput();
            var _ = in.transferTo(Writer.nullWriter());
            return;
        }
        int from = 0;
        int to = 0;
        for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
            if (line.startsWith("Range: bytes=")) {
                String[] ends = line.substring("Range: bytes=".length()).split("-");
                from = Integer.parseInt(ends[0]);
                to = Integer.parseInt(ends[1]);
            }
        }
        String head = "HTTP/1.1 206 Partial Content\r\nConnection: close\r\n";
        String answer = (head + "Content-Length: %d\r\nContent-Range: bytes %d-%d/%d\r\n\r\n%s")
                .formatted(to - from + 1, from, to, CONTENT.length(), CONTENT.substring(from, to + 1));
        out.write(answer.getBytes(StandardCharsets.US_ASCII));
    }

    @ParameterizedTest
    @CsvSource({
        "ftp://x, '', '', '', a, proxy.url",
        "http://x, '://', '', '', a, proxy.ping_url",
        "http://x, ftp://y, '', '', a, proxy.ping_url",
        "'', '', ftp, '', a, blob_url_scheme",
        "'', '', '', a/b, a, blob_redirected_host",
        "'', '', '', '', 'a b', 'host, repo'",
    })
    void whatCannotBeUsedIsNamed(String proxy, String ping, String scheme, String blobHost, String host, String key) {
        Settings.Registry registry = new Settings.Registry(
                "http",
                host,
                "a",
                "",
                "",
                false,
                List.of(),
                5,
                5,
                0,
                scheme,
                blobHost,
                proxy(proxy, true, ping, false));

        assertThatThrownBy(() -> RegistryRoute.of(registry, Map.of()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("backend.registry " + (key.startsWith("blob_") ? "" : key))
                .hasMessageContaining(key);
    }
}
