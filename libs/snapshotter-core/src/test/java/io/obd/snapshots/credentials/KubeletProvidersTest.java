package io.obd.snapshots.credentials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.registry.Credentials.UserPassword;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Providers that are shell scripts: they note each request and answer with what the test has prepared. */
class KubeletProvidersTest {
    private static final String CONFIG = """
            apiVersion: kubelet.config.k8s.io/v1
            kind: CredentialProviderConfig
            providers:
              - name: cloud
                apiVersion: credentialprovider.kubelet.k8s.io/v1
                matchImages: ["*.cloud.example"]
                defaultCacheDuration: 1h
                args: ["get", "it"]
                env: [{name: REGION, value: north}]
            """;

    @TempDir
    Path dir;

    private Instant now = Instant.ofEpochSecond(1000);
    private KubeletProviders providers;
    private Path config;

    @BeforeEach
    void install() throws IOException {
        config = Files.writeString(dir.resolve("providers.yaml"), CONFIG);
        Path program = Files.writeString(dir.resolve("cloud"), """
                #!/bin/sh
                cat >>"%1$s/requests"
                echo " $REGION $*" >>"%1$s/requests"
                cat "%1$s/answer"
                """.formatted(dir));
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        providers = new KubeletProviders(config, dir, () -> now);
    }

    @Test
    void theProgramIsAskedAsTheKubeletAsksIt() throws IOException {
        answer("Image", "");

        assertThat(providers.find("a.cloud.example", "team/app")).contains(new UserPassword("team", "p2"));
        assertThat(requests())
                .contains("\"kind\":\"CredentialProviderRequest\"")
                .contains("\"apiVersion\":\"credentialprovider.kubelet.k8s.io/v1\"")
                .contains("\"image\":\"a.cloud.example/team/app\"")
                .endsWith(" north get it\n");
    }

    @Test
    void imagesOfOthersAreNotAskedFor() throws IOException {
        answer("Global", "");

        assertThat(providers.find("elsewhere.example", "app")).isEmpty();
        assertThat(dir.resolve("requests")).doesNotExist();
    }

    @Test
    void anAnswerCountsForWhatItSaysAndAsLongAsItSays() throws IOException {
        answer("Registry", "\"cacheDuration\": \"6h0m0s\",");
        providers.find("a.cloud.example", "one");
        providers.find("a.cloud.example", "two");
        assertThat(asked()).isEqualTo(1);
        providers.find("b.cloud.example", "one");
        assertThat(asked()).isEqualTo(2);

        now = now.plus(Duration.ofHours(6));
        answer("Global", "\"cacheDuration\": \"0s\",");
        providers.find("a.cloud.example", "one");
        providers.find("a.cloud.example", "one");
        assertThat(asked()).isEqualTo(4);
    }

    @Test
    void withoutADurationThatOfTheFileCounts() throws IOException {
        answer("Global", "");
        providers.find("a.cloud.example", "one");
        now = now.plus(Duration.ofMinutes(59));
        providers.find("b.cloud.example", "two");
        assertThat(asked()).isEqualTo(1);
        now = now.plus(Duration.ofMinutes(1));
        providers.find("b.cloud.example", "two");
        assertThat(asked()).isEqualTo(2);
    }

    @Test
    void aChangedFileCountsAtOnce() throws IOException {
        answer("Global", "");
        assertThat(providers.find("r.other.example", "app")).isEmpty();

        Files.writeString(config, CONFIG.replace("*.cloud.example", "r.other.example"));
        Files.setLastModifiedTime(config, FileTime.from(now));
        answer("Global", "");
        Files.writeString(
                dir.resolve("answer"),
                Files.readString(dir.resolve("answer")).replace("*.cloud.example", "r.other.example"));

        assertThat(providers.find("r.other.example", "app")).contains(new UserPassword("any", "p1"));
        assertThat(asked()).isEqualTo(1);
    }

    @Test
    void aProgramThatFailsIsQuotedAndItsAnswerIsNot() throws IOException {
        Files.writeString(dir.resolve("answer"), "{\"kind\": \"secret-of-the-cloud\"}");
        assertThatThrownBy(() -> providers.find("a.cloud.example", "app"))
                .hasMessageContaining("no CredentialProviderResponse")
                .hasMessageNotContaining("secret-of-the-cloud");

        now = now.plus(Duration.ofSeconds(5));
        Files.writeString(dir.resolve("cloud"), "#!/bin/sh\necho no role >&2\nexit 3\n");
        assertThatThrownBy(() -> providers.find("a.cloud.example", "app"))
                .hasMessage("cloud failed with status 3: no role");
    }

    @Test
    void whoAsksAgainAtOnceGetsTheSameFailure() throws IOException {
        Files.writeString(dir.resolve("answer"), "");
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> providers.find("a.cloud.example", "app")).isInstanceOf(IOException.class);
        }
        assertThat(asked()).isEqualTo(1);
        answer("Image", "");
        assertThat(providers.find("a.cloud.example", "other")).isPresent();
        now = now.plus(Duration.ofSeconds(5));
        assertThat(providers.find("a.cloud.example", "app")).isPresent();
    }

    @Test
    void whatIsWrongInTheFileIsNamed() throws IOException {
        Files.writeString(config, CONFIG.replace("name: cloud", "name: ../cloud"));
        assertThatThrownBy(() -> providers.find("a.cloud.example", "app"))
                .hasMessageContaining(config + ": providers[0].name: ");

        Files.writeString(config, CONFIG.replace("1h", "soon"));
        Files.setLastModifiedTime(config, FileTime.from(now));
        assertThatThrownBy(() -> providers.find("a.cloud.example", "app"))
                .hasMessageContaining("providers[0].defaultCacheDuration: 'soon'");
    }

    private void answer(String scope, String more) throws IOException {
        Files.writeString(dir.resolve("answer"), """
                {"kind": "CredentialProviderResponse", "apiVersion": "credentialprovider.kubelet.k8s.io/v1",
                 "cacheKeyType": "%s", %s
                 "auth": {"*.cloud.example": {"username": "any", "password": "p1"},
                          "a.cloud.example/team": {"username": "team", "password": "p2"}}}""".formatted(scope, more));
    }

    private String requests() throws IOException {
        return Files.readString(dir.resolve("requests"));
    }

    private long asked() throws IOException {
        return requests().lines().count();
    }
}
