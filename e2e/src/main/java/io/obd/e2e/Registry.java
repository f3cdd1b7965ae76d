package io.obd.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** A docker registry on loopback, with TLS by a private authority and a password. */
final class Registry extends Service {
    /** A name no resolver knows: only a proxy leads to it. */
    static final String PROXIED_NAME = "registry.obd.test";

    private static final Duration PUSH_LIMIT = Duration.ofMinutes(10);
    private static final String NAMES = "IP:127.0.0.1,DNS:localhost,DNS:" + PROXIED_NAME;

    private final Path directory;
    private final int port;
    private final Path authority;
    private final User user;

    private Registry(Path directory, int port, Path authority, User user) {
        this.directory = directory;
        this.port = port;
        this.authority = authority;
        this.user = user;
    }

    /** Who may use the registry. */
    record User(String name, String password) {
        /** As tools take it: {@code name:password}. */
        String pair() {
            return name + ":" + password;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Registry start(Path directory, User user) throws IOException, InterruptedException {
        Files.createDirectories(directory);
        CertificateAuthority authority = CertificateAuthority.create(directory.resolve("tls"));
        CertificateAuthority.ServerCertificate server = authority.issue(NAMES);
        Registry registry = new Registry(directory, freePort(), authority.certificate(), user);
        Run htpasswd = Commands.in(directory)
                .run("htpasswd", "-Bbn", user.name(), user.password())
                .orFail();
        Files.writeString(directory.resolve("htpasswd"), htpasswd.out());
        Files.writeString(directory.resolve("config.yml"), registry.configuration(server));
        registry.start();
        return registry;
    }

    @Override
    Daemon launch() throws IOException {
        return Daemon.start(
                "registry",
                directory,
                Map.of(),
                List.of(
                        "docker-registry",
                        "serve",
                        directory.resolve("config.yml").toString()));
    }

    @Override
    InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /** Host and port as they stand in image names. */
    String host() {
        return "127.0.0.1:" + port;
    }

    /** The same behind a proxy. */
    String proxiedHost() {
        return PROXIED_NAME + ":" + port;
    }

    /** The certificate that clients have to trust. */
    Path authority() {
        return authority;
    }

    User user() {
        return user;
    }

    /** What the registry has sent so far. */
    Traffic traffic() throws IOException {
        return Traffic.parse(new LogFile(directory.resolve("registry.log")).text());
    }

    /** The file that holds a blob, to damage it. */
    Path blob(String digest) {
        String hex = digest.substring("sha256:".length());
        return directory
                .resolve("data/docker/registry/v2/blobs/sha256")
                .resolve(hex.substring(0, 2))
                .resolve(hex)
                .resolve("data");
    }

    /** Puts an image into this registry, for this machine's platform, from where skopeo's name for it says. */
    void push(String source, String name) throws IOException, InterruptedException {
        Commands.in(directory)
                .within(PUSH_LIMIT)
                .run(
                        "skopeo",
                        "--insecure-policy",
                        "copy",
                        "--quiet",
                        "--preserve-digests",
                        "--dest-creds",
                        user.pair(),
                        "--dest-cert-dir",
                        certificates().toString(),
                        source,
                        "docker://" + host() + "/" + name)
                .orFail();
    }

    /**
     * Copies an image within this registry with skopeo.
     *
     * @param environment what it has to find there
     * @param global flags of skopeo itself
     * @param options flags of the copy
     */
    void copy(String from, String to, Map<String, String> environment, List<String> global, List<String> options)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("skopeo"));
        command.addAll(global);
        command.addAll(List.of("copy", "--quiet", "--preserve-digests"));
        for (String side : List.of("src", "dest")) {
            command.addAll(List.of(
                    "--" + side + "-creds",
                    user.pair(),
                    "--" + side + "-cert-dir",
                    certificates().toString()));
        }
        command.addAll(options);
        command.addAll(List.of("docker://" + host() + "/" + from, "docker://" + host() + "/" + to));
        Commands.in(directory).with(environment).within(PUSH_LIMIT).run(command).orFail();
    }

    /** The manifest under a name of this registry. */
    JsonNode manifest(String name) throws IOException, InterruptedException {
        return Json.read(Commands.in(directory)
                .run(
                        "skopeo",
                        "inspect",
                        "--raw",
                        "--creds",
                        user.pair(),
                        "--cert-dir",
                        certificates().toString(),
                        "docker://" + host() + "/" + name)
                .orFail()
                .out());
    }

    /** A directory in the form of containerd's {@code certs.d} that knows this registry. */
    Path hostsDirectory() throws IOException {
        Path hosts = directory.resolve("hosts");
        Files.writeString(
                Files.createDirectories(hosts.resolve(host())).resolve("hosts.toml"), """
                server = "https://%1$s"
                [host."https://%1$s"]
                  capabilities = ["pull", "resolve", "push"]
                  ca = "%2$s"
                """.formatted(host(), authority));
        return hosts;
    }

    /** Docker's credential file for both names of this registry. */
    String credentials(User as) {
        String auth = Base64.getEncoder().encodeToString(as.pair().getBytes(StandardCharsets.UTF_8));
        return Json.write(Map.of("auths", Map.of(host(), Map.of("auth", auth), proxiedHost(), Map.of("auth", auth))));
    }

    private String configuration(CertificateAuthority.ServerCertificate server) {
        return """
            version: 0.1
            log:
              level: warn
            storage:
              filesystem:
                rootdirectory: %1$s/data
              delete:
                enabled: true
            http:
              addr: 127.0.0.1:%2$d
              secret: private
              tls:
                certificate: %3$s
                key: %4$s
            auth:
              htpasswd:
                realm: overlaybd
                path: %1$s/htpasswd
            """.formatted(directory, port, server.certificate(), server.key());
    }

    /** A directory of trusted certificates in the form of skopeo. */
    private Path certificates() throws IOException {
        Path certificates = Files.createDirectories(directory.resolve("skopeo"));
        Files.copy(authority, certificates.resolve("ca.crt"), StandardCopyOption.REPLACE_EXISTING);
        return certificates;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
