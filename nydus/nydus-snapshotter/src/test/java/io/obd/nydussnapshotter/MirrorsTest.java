package io.obd.nydussnapshotter;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MirrorsTest {
    @TempDir
    Path dir;

    private HttpServer server;

    @BeforeEach
    void start() throws Exception {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/well", exchange -> {
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void withoutADirectoryEveryRegistryAnswersForItself() {
        assertThat(new Mirrors(Optional.empty()).of("reg:5000"))
                .isEqualTo(new Endpoint("reg:5000", Optional.empty(), List.of()));
    }

    @Test
    void theFirstThatAnswersCounts() throws Exception {
        hosts("reg_5000_", """
            [host."http://first:81"]
              ping_url = "http://127.0.0.1:%1$d/ill"
            [host."http://second:82"]
              ping_url = "http://127.0.0.1:%1$d/well"
              ca = "second.crt"
            [host."http://third:83"]
            """.formatted(server.getAddress().getPort()));

        assertThat(new Mirrors(Optional.of(dir)).of("reg:5000"))
                .isEqualTo(
                        new Endpoint("second:82", Optional.of("http"), List.of(dir.resolve("reg_5000_/second.crt"))));
    }

    @Test
    void oneThatCannotBeReadOrDoesNotEndItsAnswerIsPassedOver() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        server.createContext("/endless", exchange -> {
            exchange.sendResponseHeaders(200, 100);
            exchange.getResponseBody().write(1);
            exchange.getResponseBody().flush();
            await(end);
        });
        hosts("reg", """
            [host."ftp://first"]
            [host."http://second"]
              ping_url = "http://127.0.0.1:%1$d/endless"
            [host."http://third"]
            """.formatted(server.getAddress().getPort()));

        assertThat(new Mirrors(Optional.of(dir)).of("reg").host()).isEqualTo("third");
        end.countDown();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void oneThatIsNotAskedIsTaken() throws Exception {
        hosts("_default", "[host.\"mirror.example\"]\n");

        assertThat(new Mirrors(Optional.of(dir)).of("other"))
                .isEqualTo(new Endpoint("mirror.example", Optional.of("https"), List.of()));
    }

    @Test
    void aFileThatCannotBeReadCostsTheMirrorsOnly() throws Exception {
        hosts("reg", "[host.\"\n");

        assertThat(new Mirrors(Optional.of(dir)).of("reg").host()).isEqualTo("reg");
    }

    private void hosts(String directory, String text) throws Exception {
        Files.writeString(Files.createDirectories(dir.resolve(directory)).resolve("hosts.toml"), text);
    }
}
