package io.obd.registry;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import okhttp3.tls.HeldCertificate;

/** The distribution's docker-registry on a loopback port, with TLS and a password. */
final class DockerRegistry {
    static final String USER = "obd";
    static final String PASSWORD = "pass:word";

    private static final Path PROGRAM = Path.of("/usr/bin/docker-registry");
    private static final Path HTPASSWD = Path.of("/usr/bin/htpasswd");

    private final Path directory;
    private final int port;
    private final Process process;

    DockerRegistry(Path directory) throws IOException, InterruptedException {
        assumeTrue(Files.isExecutable(PROGRAM), "docker-registry is not installed");
        assumeTrue(Files.isExecutable(HTPASSWD), "htpasswd (apache2-utils) is not installed");
        this.directory = directory;
        this.port = freePort();
        HeldCertificate certificate = new HeldCertificate.Builder()
                .commonName("a registry of tests")
                .addSubjectAlternativeName("localhost")
                .build();
        Files.writeString(ca(), certificate.certificatePem());
        Files.writeString(directory.resolve("key.pem"), certificate.privateKeyPkcs8Pem());
        Process htpasswd = new ProcessBuilder(HTPASSWD.toString(), "-Bbn", USER, PASSWORD)
                .redirectOutput(directory.resolve("htpasswd").toFile())
                .start();
        htpasswd.waitFor();
        Files.writeString(directory.resolve("config.yml"), """
                version: 0.1
                log: {level: warn}
                storage: {filesystem: {rootdirectory: %1$s/data}, delete: {enabled: true}}
                http:
                  addr: 127.0.0.1:%2$d
                  secret: test
                  tls: {certificate: %1$s/ca.pem, key: %1$s/key.pem}
                auth: {htpasswd: {realm: test, path: %1$s/htpasswd}}
                """.formatted(directory, port));
        process = start();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private Process start() throws IOException, InterruptedException {
        Process started = new ProcessBuilder(
                        PROGRAM.toString(),
                        "serve",
                        directory.resolve("config.yml").toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (System.nanoTime() < end && started.isAlive()) {
            try {
                new Socket(InetAddress.getLoopbackAddress(), port).close();
                return started;
            } catch (IOException e) {
                Thread.sleep(20);
            }
        }
        throw new IOException("docker-registry did not start: " + Files.readString(directory.resolve("log")));
    }

    void stop() throws InterruptedException {
        process.destroy();
        process.waitFor(10, TimeUnit.SECONDS);
    }

    Path ca() {
        return directory.resolve("ca.pem");
    }

    String host() {
        return "localhost:" + port;
    }
}
