package io.obd.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlClientTest {
    private static final String DEVICE = "{\"id\":\"1-7\",\"device\":\"/dev/loop3\",\"config\":\"/c\","
            + "\"frontend\":\"fuse-loop\",\"size\":68719476736,\"writable\":true}";

    @TempDir
    Path dir;

    private Path socket;
    private FakeDaemon daemon;
    private ControlClient client;

    @BeforeEach
    void start() throws IOException {
        socket = dir.resolve("control.sock");
        daemon = new FakeDaemon(socket);
        client = new ControlClient(socket, Duration.ofSeconds(5));
    }

    @AfterEach
    void stop() throws IOException {
        daemon.close();
    }

    @Test
    void attachSendsIdAndConfigAndReturnsTheDevice() throws Exception {
        daemon.answer(withLength("200 OK", DEVICE));

        DeviceInfo device = client.attach("1-7", Path.of("/c"));

        assertThat(device).isEqualTo(new DeviceInfo("1-7", "/dev/loop3", "/c", "fuse-loop", 64L << 30, true));
        assertThat(daemon.request())
                .startsWith("POST /v1/devices HTTP/1.1\r\n")
                .contains("\"id\":\"1-7\"", "\"config\":\"/c\"");
    }

    @Test
    void bodiesMayBeChunkedOrEndWithTheConnection() throws Exception {
        daemon.answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + "e\r\n{\"devices\":[]}".substring(0, 17)
                + "\r\n0\r\n\r\n");
        assertThat(client.list()).isEmpty();

        daemon.answer("HTTP/1.1 200 OK\r\n\r\n{\"devices\":[" + DEVICE + "]}");
        assertThat(client.list()).extracting(DeviceInfo::device).containsExactly("/dev/loop3");
    }

    @Test
    void anUnknownDeviceIsNotAnError() throws Exception {
        String error =
                withLength("404 Not Found", "{\"error\":{\"code\":\"not-found\",\"message\":\"no device 1-7\"}}");
        daemon.answer(error);
        assertThat(client.find("1-7")).isEmpty();

        daemon.answer(error);
        assertThat(client.detach("1-7")).isFalse();
        assertThat(daemon.request()).startsWith("DELETE /v1/devices/1-7 HTTP/1.1\r\n");
    }

    @Test
    void aRefusalSaysWhatWhyAndWhatToDo() {
        daemon.answer(withLength(
                "409 Conflict",
                "{\"error\":{\"code\":\"in-use\",\"message\":\"/dev/loop3 is in use\",\"cause\":\"mounted on /mnt\","
                        + "\"hint\":\"unmount it first\"}}"));

        assertThatThrownBy(() -> client.detach("1-7"))
                .isInstanceOfSatisfying(ControlException.Refused.class, e -> {
                    assertThat(e.status()).isEqualTo(409);
                    assertThat(e.error().code()).isEqualTo("in-use");
                })
                .hasMessage("overlaybd-tcmu refused detach of 1-7 (409 in-use): /dev/loop3 is in use: mounted on /mnt"
                        + " (unmount it first)");
    }

    @Test
    void aMissingOrDeadSocketSaysHowToStartTheDaemon() throws IOException {
        Path missing = dir.resolve("none.sock");
        assertThatThrownBy(() -> new ControlClient(missing, Duration.ofSeconds(1)).health())
                .isInstanceOf(ControlException.NotRunning.class)
                .hasMessageContaining(missing.toString())
                .hasMessageContaining("systemctl start overlaybd-tcmu");

        Path dead = dir.resolve("dead.sock");
        ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                .bind(UnixDomainSocketAddress.of(dead))
                .close();
        assertThatThrownBy(() -> new ControlClient(dead, Duration.ofSeconds(1)).health())
                .isInstanceOf(ControlException.NotRunning.class);
    }

    @Test
    void aDaemonThatDoesNotAnswerIsNotWaitedForLongerThanTheLimit() {
        ControlClient impatient = new ControlClient(socket, Duration.ofMillis(50));

        assertThatThrownBy(impatient::health)
                .isInstanceOf(ControlException.TimedOut.class)
                .hasMessage("health check: no answer from overlaybd-tcmu on " + socket + " within 50 ms");
    }

    @Test
    void answersThatMakeNoSenseAreNamedAsSuch() {
        daemon.answer("SSH-2.0-OpenSSH\r\n\r\n");
        assertBad("status line");
        daemon.answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
        assertBad("closed within the body");
        daemon.answer("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nabc");
        assertBad("longer than");
        daemon.answer(withLength("200 OK", "<html>"));
        assertBad("not JSON");
        daemon.answer(withLength("200 OK", "{\"status\":\"ill\"}"));
        assertBad("status is not ok");
    }

    private void assertBad(String problem) {
        assertThatThrownBy(() -> client.health())
                .isInstanceOf(ControlException.Protocol.class)
                .hasMessageContaining(problem);
    }

    private static String withLength(String status, String body) {
        return "HTTP/1.1 " + status + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }
}
