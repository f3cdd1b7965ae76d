package io.obd.tools.obd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands that ask a running backend, here a socket that knows one answer. */
@Timeout(60)
class BackendCommandsTest {
    private static final String DEVICE = """
            {"id": "7", "device": "/dev/loop3", "config": "/c.json", "image": "https://r.example/v2/app/blobs",
             "layers": 4, "size": 68719476736, "needed": {"local": 0, "cache": 3250585, "registry": 9856614},
             "fetched": {"reads": 14155776, "download": 0}, "total": {"local": 0, "remote": 196713881},
             "hitRate": 0.712, "errors": %d, "lastError": "%s", "toLocal": {"state": "%s", "seconds": %d},
             "added later": 1}""";

    @TempDir
    Path dir;

    private ServerSocketChannel backend;
    private volatile String answer = "{}";
    private volatile String asked = "";

    @BeforeEach
    void listen() throws IOException {
        backend = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        backend.bind(UnixDomainSocketAddress.of(socket()));
        Thread.ofPlatform().daemon().name("backend").start(this::serve);
    }

    @AfterEach
    void stop() throws IOException {
        backend.close();
    }

    private Path socket() {
        return dir.resolve("control.sock");
    }

    private void serve() {
        try {
            while (true) {
                try (SocketChannel client = backend.accept()) {
                    ByteBuffer request = ByteBuffer.allocate(8192);
                    client.read(request);
                    asked = new String(request.array(), 0, request.position(), StandardCharsets.UTF_8);
                    byte[] body = answer.getBytes(StandardCharsets.UTF_8);
                    client.write(ByteBuffer.wrap(("HTTP/1.1 200 OK\r\nContent-Length: " + body.length + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII)));
                    client.write(ByteBuffer.wrap(body));
                }
            }
        } catch (IOException _) {
            // The test is over.
        }
    }

    @Test
    void statusIsForPeople() {
        answer = "{\"devices\": [" + DEVICE.formatted(2, "GET https://r.example: 500", "downloading", 90) + "]}";

        ObdRun run = ObdRun.of("status", "--socket", socket());

        assertThat(run.out()).isEqualTo("""
                7  /dev/loop3
                  image    https://r.example/v2/app/blobs, 4 layers, a disk of 64.0 GiB
                  needed   0 B from this host, 3.1 MiB from the cache, 9.4 MiB from the registry
                  fetched  13.5 MiB for reads, 0 B to keep; hit rate 71.2 %
                  total    0 B on this host, 187.6 MiB in the registry; all of it on this host in 90 s
                  errors   2, the last: GET https://r.example: 500
                """);
        assertThat(run.exitCode()).isZero();
        assertThat(asked).startsWith("GET /v1/status ");
    }

    @Test
    void statusIsForProgramsToo() {
        answer = "{\"devices\": [" + DEVICE.formatted(0, "", "remote", -1) + "]}";

        ObdRun run = ObdRun.of("status", "--json", "--socket", socket());

        assertThat(run.out())
                .contains("\"id\" : \"7\"", "\"cache\" : 3250585", "\"hitRate\" : 0.712", "\"state\" : \"remote\"");
    }

    @Test
    void theCacheIsListed() {
        answer = "{\"blobs\": [{\"digest\": \"sha256:1\", \"size\": 20, \"cached\": 10, \"readers\": 1}]}";

        assertThat(ObdRun.of("cache", "--socket", socket(), "ls").out()).isEqualTo("sha256:1 10 20 1\n10 bytes\n");
    }

    @Test
    void theCacheIsEmptied() {
        answer = "{\"dropped\": 4096}";

        assertThat(ObdRun.of("cache", "gc", "--socket", socket()).out()).isEqualTo("4096 bytes dropped\n");
        assertThat(asked).startsWith("POST /v1/cache/gc ");
    }

    @Test
    void damageInTheCacheIsAFailure() {
        answer = "{\"blobs\": [{\"digest\": \"sha256:1\", \"cached\": 10, \"result\": \"damaged\"}]}";

        ObdRun run = ObdRun.of("cache", "--socket", socket(), "verify");

        assertThat(run.out()).isEqualTo("sha256:1 10 damaged\n");
        assertThat(run.exitCode()).isEqualTo(1);
    }

    @Test
    void aBackendThatDoesNotRunIsNamed() {
        ObdRun run = ObdRun.of("status", "--socket", dir.resolve("nobody"));

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("nobody");
    }
}
