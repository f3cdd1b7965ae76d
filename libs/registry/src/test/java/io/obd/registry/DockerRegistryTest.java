package io.obd.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against the registry that Debian ships, over TLS and with a password. */
class DockerRegistryTest {
    private static DockerRegistry registry;
    private static RegistryClient client;

    @BeforeAll
    static void startRegistry(@TempDir Path directory) throws IOException, InterruptedException {
        registry = new DockerRegistry(directory);
        client = new RegistryClient(
                config(),
                CredentialSource.fixed(new Credentials.UserPassword(DockerRegistry.USER, DockerRegistry.PASSWORD)));
    }

    @AfterAll
    static void stopRegistry() throws InterruptedException {
        if (registry != null) {
            client.close();
            registry.stop();
        }
    }

    private static RegistryConfig config() {
        return RegistryConfig.builder()
                .proxies(ProxyRules.none())
                .caFiles(List.of(registry.ca()))
                .retries(new RetryPolicy(3, Duration.ofMillis(20), Duration.ofMillis(100)))
                .build();
    }

    private static Repository repository(String name) throws IOException {
        return client.repository(ImageReference.parse(registry.host() + "/" + name));
    }

    @Test
    void anImageGoesUpAndComesDownAgain() throws IOException {
        Repository images = repository("app/one");
        Descriptor layer = images.push(MediaTypes.OCI_LAYER, new byte[] {1, 2, 3});
        Descriptor config = images.push(MediaTypes.OCI_CONFIG, new byte[] {'{', '}'});
        byte[] manifest =
                Manifest.of(MediaTypes.OCI_MANIFEST, config, List.of(layer)).toJson();
        Descriptor pushed = images.pushDocument("v1", MediaTypes.OCI_MANIFEST, manifest);

        assertThat(images.resolve("v1")).isEqualTo(pushed);
        assertThat(images.resolve(pushed.digest().toString())).isEqualTo(pushed);
        assertThat(images.fetchDocument(pushed)).isEqualTo(manifest);
        assertThat(images.fetchDocument(config)).isEqualTo(new byte[] {'{', '}'});
        try (InputStream in = images.pull(layer)) {
            assertThat(in.readAllBytes()).containsExactly(1, 2, 3);
        }
    }

    @Test
    void aLargeBlobIsPushedInChunksOnceAndReadInRanges(@TempDir Path directory) throws IOException {
        byte[] content = new byte[(int) (2 * BlobPush.CHUNK + 12345)];
        new Random(1).nextBytes(content);
        Path file = Files.write(directory.resolve("blob"), content);
        Descriptor blob = Descriptor.of(MediaTypes.OCI_LAYER, content);
        Repository images = repository("app/large");

        List<Long> progress = new ArrayList<>();
        assertThat(images.push(blob, file, progress::add)).isTrue();
        assertThat(progress).isSorted().endsWith(blob.size());
        assertThat(images.push(blob, file, progress::add)).isFalse();

        RemoteBlob remote = images.blob(blob.digest());
        assertThat(remote.size()).isEqualTo(content.length);
        ByteBuffer piece = ByteBuffer.allocateDirect(100_000);
        remote.read(20_000_000, piece);
        assertThat(piece.flip()).isEqualTo(ByteBuffer.wrap(content, 20_000_000, 100_000));
        ByteBuffer end = ByteBuffer.allocate(5);
        remote.read(content.length - 5, end);
        assertThat(end.array()).isEqualTo(Arrays.copyOfRange(content, content.length - 5, content.length));
        try (InputStream in = images.pull(blob)) {
            assertThat(in.readAllBytes()).isEqualTo(content);
        }
    }

    @Test
    void aBlobIsMountedFromAnotherRepository() throws IOException {
        Descriptor blob = repository("mount/source").push(MediaTypes.OCI_LAYER, new byte[] {4, 5, 6});
        Repository target = repository("mount/target");
        assertThat(target.exists(blob.digest())).isFalse();
        assertThat(target.mount(blob.digest(), "mount/source")).isTrue();
        assertThat(target.exists(blob.digest())).isTrue();
        assertThat(target.mount(Digest.sha256(new byte[] {9}), "mount/source")).isFalse();
    }

    @Test
    void anEmptyBlobHasNoBytes() throws IOException {
        Repository images = repository("app/empty");
        Descriptor blob = images.push(MediaTypes.OCI_LAYER, new byte[0]);
        assertThat(images.blob(blob.digest()).size()).isZero();
        try (InputStream in = images.pull(blob)) {
            assertThat(in.read()).isEqualTo(-1);
        }
    }

    @Test
    void anUnknownImageIsNotFound() {
        assertThatThrownBy(() -> repository("app/none").resolve("v1"))
                .isInstanceOf(RegistryException.NotFound.class)
                .hasMessageContaining("/v2/app/none/manifests/v1: 404");
    }

    @Test
    void aWrongPasswordIsSaidWithTheUserAndThePlaceItCameFrom(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("cred.json");
        Files.writeString(
                file, "{\"auths\":{\"" + registry.host() + "\":{\"username\":\"obd\",\"password\":\"not-this\"}}}");
        try (RegistryClient wrong = new RegistryClient(config(), new DockerConfigFile(file))) {
            Repository images = wrong.repository(ImageReference.parse(registry.host() + "/app/one"));
            assertThatThrownBy(() -> images.resolve("v1"))
                    .isInstanceOf(RegistryException.Unauthorized.class)
                    .hasMessageContaining("401")
                    .hasMessageContaining("user \"obd\" for " + registry.host() + "/app/one from " + file)
                    .hasMessageNotContaining("not-this");

            Files.writeString(
                    file,
                    "{\"auths\":{\"" + registry.host() + "\":{\"username\":\"obd\",\"password\":\"pass:word\"}}}");
            Descriptor blob = images.push(MediaTypes.OCI_LAYER, new byte[] {7});
            assertThat(images.exists(blob.digest())).isTrue();
        }
    }

    @Test
    void withoutTheCaTheErrorSaysWhatIsMissing() throws IOException {
        RegistryConfig untrusting =
                RegistryConfig.builder().proxies(ProxyRules.none()).build();
        try (RegistryClient stranger = new RegistryClient(untrusting, CredentialSource.ANONYMOUS)) {
            Repository images = stranger.repository(ImageReference.parse(registry.host() + "/app/one"));
            assertThatThrownBy(() -> images.resolve("v1"))
                    .isInstanceOf(RegistryException.Unreachable.class)
                    .hasMessageContaining("SSL_CERT_FILE");
        }
    }
}
