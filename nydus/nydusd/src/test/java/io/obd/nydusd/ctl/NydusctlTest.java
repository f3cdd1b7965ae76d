package io.obd.nydusd.ctl;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.obd.httpserver.JsonHandler;
import io.obd.httpserver.SocketListener;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands against a daemon that notes what it is asked. */
class NydusctlTest {
    @TempDir
    private Path dir;

    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private volatile JsonHandler.Answer answer = new JsonHandler.Answer(HttpResponseStatus.NO_CONTENT, null);
    private SocketListener daemon;

    @BeforeEach
    void listen() throws IOException {
        daemon = SocketListener.listen("api", dir.resolve("api.sock"), Daemon::new);
    }

    @AfterEach
    void close() throws IOException {
        daemon.close();
    }

    @Test
    void infoIsShownForAPersonOrAsItCame() {
        answer = ok(Map.of("state", "RUNNING"));

        assertThat(run("info")).isZero();
        assertThat(out.toString()).contains("Status:                 \"RUNNING\"\n");
        out.getBuffer().setLength(0);
        assertThat(run("--raw", "info")).isZero();
        assertThat(run("info", "-r")).isZero();

        assertThat(out).hasToString("{\"state\":\"RUNNING\"}\n{\"state\":\"RUNNING\"}\n");
        assertThat(asked).containsOnly("GET /api/v1/daemon ");
    }

    @Test
    void whatIsInsideSomethingStandsFurtherToTheRight() {
        answer = ok(Map.of("images", Map.of("/a", Map.of("hits", List.of(1, 2), "names", List.of("x")))));

        assertThat(run("metrics", "files")).isZero();

        assertThat(out.toString().lines()).contains("images:", "  /a:", "    hits: [1,2]", "    names:", "      - x");
    }

    @Test
    void eachCategoryHasItsPlace() {
        for (String category : List.of("fsstats", "files", "pattern", "backend", "blobcache", "cache", "inflight")) {
            assertThat(run("metrics", category)).isZero();
        }

        assertThat(asked)
                .containsExactly(
                        "GET /api/v1/metrics ",
                        "GET /api/v1/metrics/files ",
                        "GET /api/v1/metrics/pattern ",
                        "GET /api/v1/metrics/backend ",
                        "GET /api/v1/metrics/blobcache ",
                        "GET /api/v1/metrics/blobcache ",
                        "GET /api/v1/metrics/inflight ");
    }

    @Test
    void anImageIsMountedWithTheTextOfItsConfigurationAndUnmounted() throws IOException {
        Path config = Files.writeString(dir.resolve("config.json"), "{}");

        assertThat(run(
                        "mount",
                        "--source",
                        "/boot",
                        "--config",
                        config.toString(),
                        "--mountpoint",
                        "/a b",
                        "--type",
                        "rafs"))
                .isZero();
        assertThat(run("umount", "--mountpoint", "/a b")).isZero();

        assertThat(asked.get(0))
                .startsWith("POST /api/v1/mount?mountpoint=%2Fa+b ")
                .contains("\"source\":\"/boot\"", "\"fs_type\":\"rafs\"", "\"config\":\"{}\"");
        assertThat(asked.get(1)).isEqualTo("DELETE /api/v1/mount?mountpoint=%2Fa+b ");
    }

    @Test
    void theLevelOfTheLogIsSet() {
        assertThat(run("set", "log-level", "debug")).isZero();

        assertThat(asked).containsExactly("PUT /api/v1/daemon {\"log_level\":\"debug\"}");
    }

    @Test
    void whatTheDaemonSaysAgainstItIsShown() {
        answer = new JsonHandler.Answer(
                HttpResponseStatus.NOT_FOUND, Map.of("code", "UNDEFINED", "message", "no such image"));

        assertThat(run("umount", "--mountpoint", "/x")).isEqualTo(1);

        assertThat(err.toString())
                .contains("nydusctl: ", "api.sock", "404", "DELETE /api/v1/mount?mountpoint=%2Fx", "no such image");
    }

    @Test
    void aDaemonThatIsNotThereIsNamed() throws IOException {
        daemon.close();

        assertThat(run("info")).isEqualTo(1);

        assertThat(err.toString()).contains("no nydusd listens on", "api.sock");
    }

    @Test
    void wrongUseIsExplained() {
        assertThat(run()).isEqualTo(2);
        assertThat(run("metrics", "weather")).isEqualTo(2);
        assertThat(run("metrics", "fsstats", "--interval", "0")).isEqualTo(2);
        assertThat(run("set", "colour", "red")).isEqualTo(2);

        assertThat(err.toString())
                .contains(
                        "a command is missing", "unknown category 'weather'", "--interval 0", "'colour' cannot be set");
        assertThat(asked).isEmpty();
    }

    private int run(String... args) {
        List<String> all = new CopyOnWriteArrayList<>(
                List.of("--sock", dir.resolve("api.sock").toString()));
        all.addAll(List.of(args));
        return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), all.toArray(String[]::new));
    }

    private static JsonHandler.Answer ok(Object content) {
        return new JsonHandler.Answer(HttpResponseStatus.OK, content);
    }

    private final class Daemon extends JsonHandler {
        Daemon(Executor handlers) {
            super(handlers);
        }

        @Override
        protected Answer answer(HttpMethod method, QueryStringDecoder uri, byte[] body) {
            asked.add(method + " " + uri.uri() + " " + new String(body, StandardCharsets.UTF_8));
            return answer;
        }

        @Override
        protected Answer notUnderstood() {
            return new Answer(HttpResponseStatus.BAD_REQUEST, null);
        }

        @Override
        protected Answer failed(Throwable error) {
            return new Answer(HttpResponseStatus.INTERNAL_SERVER_ERROR, Map.of("message", error.toString()));
        }
    }
}
