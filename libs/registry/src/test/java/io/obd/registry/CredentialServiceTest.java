package io.obd.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CredentialServiceTest {
    private static final Credentials READER = new Credentials.UserPassword("reader", "s:cret");

    /** The credentials of {@link #READER}, as a service of the original answers. */
    private static final String ANSWER = """
            {"traceId": "", "success": true, "data": {"auths": {"r.example:5000/team":
                {"username": "reader", "password": "s:cret"}}}}""";

    @TempDir
    Path dir;

    private static CredentialService service(String answer) {
        return new CredentialService("the service", _ -> answer.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void theServiceIsAskedByTheUrlOfTheBlobsAndNotForEveryRequest() throws IOException {
        List<String> asked = new ArrayList<>();
        CredentialService service = new CredentialService("the service", query -> {
            asked.add(query);
            return ANSWER.getBytes(StandardCharsets.UTF_8);
        });

        assertThat(service.find("r.example:5000", "team/app")).contains(READER);
        assertThat(service.find("r.example:5000", "team/app")).contains(READER);
        assertThat(service.find("r.example:5000", "other")).isEmpty();
        assertThat(asked)
                .containsExactly(
                        "remote_url=https://r.example:5000/v2/team/app/blobs/",
                        "remote_url=https://r.example:5000/v2/other/blobs/");
    }

    @Test
    void anAnswerThatIsNoneIsAnErrorWithoutSecrets() {
        assertThatThrownBy(() -> service("secret").find("r.example", "app"))
                .hasMessage("the service did not answer with JSON about r.example/app");
        assertThatThrownBy(() -> service("{\"success\": false}").find("r.example", "app"))
                .hasMessage("the service answers that it has failed for r.example/app");
        assertThatThrownBy(() -> service(ANSWER.replace("\"reader\"", "7")).find("r.example", "app"))
                .hasMessageEndingWith("auths.r.example:5000/team.username must be a string")
                .hasMessageNotContaining("s:cret");
    }

    @Test
    void aServiceThatIsDownIsAFailureThatMayPass() {
        CredentialService service = new CredentialService("the service", _ -> {
            throw new IOException("no connection");
        });
        assertThatThrownBy(() -> service.find("r.example", "app"))
                .isInstanceOfSatisfying(
                        RegistryException.class,
                        e -> assertThat(e.isTransient()).isTrue())
                .hasMessageContaining("r.example/v2/app/blobs/: no credentials from the service: no connection");
    }

    @Test
    void whileTheServiceIsAwayItsLastAnswerCounts() throws IOException {
        List<String> answers = new ArrayList<>(List.of(ANSWER));
        CredentialService service = new CredentialService("the service", _ -> {
            if (answers.isEmpty()) {
                throw new IOException("no connection");
            }
            return answers.removeFirst().getBytes(StandardCharsets.UTF_8);
        });
        assertThat(service.find("r.example:5000", "team/app")).contains(READER);
        service.forget("r.example:5000", "team/app", Optional.of(READER)); // what would be so after ten seconds
        assertThat(service.find("r.example:5000", "team/app")).contains(READER);
        assertThatThrownBy(() -> service.find("r.example:5000", "other")).isInstanceOf(RegistryException.class);
        answers.add(ANSWER.replace("s:cret", "new"));
        service.forget("r.example:5000", "team/app", Optional.of(READER));
        assertThat(service.find("r.example:5000", "team/app")).contains(new Credentials.UserPassword("reader", "new"));
    }

    @Test
    void aServiceIsReachedByHttp() throws Exception {
        try (MockWebServer server = new MockWebServer()) {
            server.start();
            server.enqueue(new MockResponse.Builder().code(200).body(ANSWER).build());
            server.enqueue(new MockResponse.Builder().code(500).body(ANSWER).build());
            HttpCredentials http = new HttpCredentials(
                    "localhost:" + server.getPort() + "/auth", Duration.ofSeconds(5), List.of(), "");

            assertThat(new CredentialService("h", http).find("r.example:5000", "team/app"))
                    .contains(READER);
            assertThat(server.takeRequest().getTarget())
                    .isEqualTo("/auth?remote_url=https://r.example:5000/v2/team/app/blobs/");
            assertThatThrownBy(() -> http.get("remote_url=x")).hasMessage("status 500");
        }
    }

    @Test
    void aServiceIsReachedByHttpsWithACertificateOfOursAndOneAuthorityOnly() throws Exception {
        HeldCertificate authority =
                new HeldCertificate.Builder().certificateAuthority(0).build();
        HeldCertificate identity = new HeldCertificate.Builder()
                .signedBy(authority)
                .addSubjectAlternativeName("localhost")
                .build();
        HeldCertificate client =
                new HeldCertificate.Builder().signedBy(authority).build();
        HeldCertificate stranger =
                new HeldCertificate.Builder().certificateAuthority(0).build();
        Path pinned = Files.writeString(dir.resolve("ca.pem"), authority.certificatePem());
        Path other = Files.writeString(dir.resolve("other.pem"), stranger.certificatePem());
        ClientCertificate ours = new ClientCertificate(
                Files.writeString(dir.resolve("c.pem"), client.certificatePem()),
                Files.writeString(dir.resolve("k.pem"), client.privateKeyPkcs8Pem()));
        try (MockWebServer server = new MockWebServer()) {
            server.useHttps(new HandshakeCertificates.Builder()
                    .heldCertificate(identity)
                    .addTrustedCertificate(authority.certificate())
                    .build()
                    .sslSocketFactory());
            server.requireClientAuth();
            server.start();
            server.enqueue(new MockResponse.Builder().code(200).body(ANSWER).build());
            String url = "https://localhost:" + server.getPort() + "/auth";
            Duration limit = Duration.ofSeconds(5);

            HttpCredentials https = new HttpCredentials(url, limit, List.of(ours), pinned.toString());
            assertThat(new CredentialService("h", https).find("r.example:5000", "team/app"))
                    .contains(READER);
            assertThatThrownBy(() -> new HttpCredentials(url, limit, List.of(), pinned.toString()).get("a=b"))
                    .isInstanceOf(IOException.class);
            assertThatThrownBy(() -> new HttpCredentials(url, limit, List.of(ours), other.toString()).get("a=b"))
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void credentialHelpersAreAskedFirst() throws Exception {
        helper("one", "echo \"{\\\"ServerURL\\\":\\\"x\\\",\\\"Username\\\":\\\"u\\\",\\\"Secret\\\":\\\"$host\\\"}\"");
        helper("token", "echo '{\"Username\":\"<token>\",\"Secret\":\"t\"}'");
        helper("nothing", "echo credentials not found in native keychain; exit 1");
        helper("broken", "echo not json");
        Path file = Files.writeString(dir.resolve("config.json"), """
                {"credHelpers": {"r.example": "one", "t.example": "token", "n.example": "nothing", "b.example": "broken"},
                 "credsStore": "one",
                 "auths": {"n.example": {"username": "a", "password": "b"}}}""");
        DockerConfigFile config = new DockerConfigFile(
                file, new CredentialHelpers(dir.resolve("docker-credential-").toString()));

        assertThat(config.find("r.example", "app")).contains(new Credentials.UserPassword("u", "r.example"));
        assertThat(config.find("docker.io", "library/app"))
                .contains(new Credentials.UserPassword("u", "https://index.docker.io/v1/"));
        assertThat(config.find("t.example", "app")).contains(new Credentials.IdentityToken("t"));
        assertThat(config.find("n.example", "app")).contains(new Credentials.UserPassword("a", "b"));
        assertThatThrownBy(() -> config.find("b.example", "app"))
                .hasMessage(dir.resolve("docker-credential-broken") + " did not print a JSON object");
    }

    @Test
    void aHelperThatFailsIsNotRunAgainAtOnce() throws Exception {
        Path runs = dir.resolve("runs");
        helper("broken", "echo run >>" + runs + "; echo not json");
        Path file = Files.writeString(dir.resolve("config.json"), "{\"credsStore\": \"broken\"}");
        DockerConfigFile config = new DockerConfigFile(
                file, new CredentialHelpers(dir.resolve("docker-credential-").toString()));

        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> config.find("r.example", "app"))
                    .hasMessage(dir.resolve("docker-credential-broken") + " did not print a JSON object");
        }
        assertThat(Files.readAllLines(runs)).hasSize(1);
    }

    @Test
    void theNameOfAHelperLeadsNowhereElse() throws Exception {
        Path file = Files.writeString(dir.resolve("config.json"), "{\"credsStore\": \"../../bin/sh\"}");

        assertThatThrownBy(() -> new DockerConfigFile(file).find("r.example", "app"))
                .hasMessage(file + ": line 1: credsStore is not the name of a credential helper");
    }

    private void helper(String name, String body) throws IOException {
        Path file = Files.writeString(
                dir.resolve("docker-credential-" + name),
                "#!/bin/sh\n[ \"$1\" = get ] || exit 2\nread -r host\n" + body + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }
}
