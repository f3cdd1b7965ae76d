package io.obd.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The documents in the test resources were written by Go programs. */
class OciDocumentsTest {

    @ParameterizedTest
    @ValueSource(strings = {"manifest.json", "docker-manifest.json"})
    void aManifestIsWrittenAsGoWritesIt(String name) throws IOException {
        byte[] json = resource(name);
        assertThat(Manifest.parse(json).toJson())
                .asString(StandardCharsets.UTF_8)
                .isEqualTo(text(json));
    }

    @Test
    void anIndexIsWrittenAsGoWritesIt() throws IOException {
        byte[] json = resource("index.json");
        assertThat(text(Index.parse(json).toJson())).isEqualTo(text(json).strip());
    }

    @Test
    void aConfigurationIsWrittenAsGoWritesIt() throws IOException {
        byte[] json = resource("config.json");
        ImageConfiguration config = ImageConfiguration.parse(json);
        assertThat(text(config.toJson())).isEqualTo(text(json));
        assertThat(text(config.withDiffIds(config.diffIds()).toJson())).isEqualTo(text(json));
        assertThat(config.platform()).hasToString("linux/amd64");
    }

    @Test
    void aConfigurationInAnyOrderIsArrangedAndKeepsWhatIsUnknown() throws IOException {
        ImageConfiguration config = ImageConfiguration.parse("""
                {"zzz": {"b": 1, "a": "x"}, "history": [{"empty_layer": false, "created": "2024-01-02T03:04:05.120000+00:00"}],
                 "rootfs": {"diff_ids": [], "type": "layers"}, "os": "linux",
                 "config": {"Labels": {"z": "1", "a": "2"}, "Healthcheck": {"Test": ["NONE"]}, "Env": [], "User": ""},
                 "architecture": "arm64", "created": "2024-01-02T03:04:05.000Z"}""".getBytes(StandardCharsets.UTF_8));
        assertThat(text(config.toJson()))
                .isEqualTo("{\"created\":\"2024-01-02T03:04:05Z\",\"architecture\":\"arm64\",\"os\":\"linux\","
                        + "\"config\":{\"Labels\":{\"a\":\"2\",\"z\":\"1\"},\"Healthcheck\":{\"Test\":[\"NONE\"]}},"
                        + "\"rootfs\":{\"diff_ids\":[],\"type\":\"layers\"},"
                        + "\"history\":[{\"created\":\"2024-01-02T03:04:05.12Z\"}],"
                        + "\"zzz\":{\"b\":1,\"a\":\"x\"}}");
    }

    @Test
    void charactersAreEscapedAsGoEscapesThem() throws IOException {
        Digest digest = Digest.sha256(new byte[0]);
        Descriptor descriptor = Descriptor.of("t", digest, 0)
                .withAnnotations(Map.of("k", "<a>&\u2028\u2029\u001f\t\n\"\\/\u007f\u00e9\ud83d\ude00"));
        assertThat(text(OciJson.write(descriptor)))
                .isEqualTo("{\"mediaType\":\"t\",\"digest\":\"" + digest + "\",\"size\":0,\"annotations\":{\"k\":"
                        + "\"\\u003ca\\u003e\\u0026\\u2028\\u2029\\u001f\\t\\n\\\"\\\\/\u007f\u00e9\ud83d\ude00\"}}");
    }

    @Test
    void anEmptyListOfLayersIsWritten() {
        Descriptor config = Descriptor.of(MediaTypes.OCI_CONFIG, new byte[] {'{', '}'});
        assertThat(text(Manifest.of(MediaTypes.OCI_MANIFEST, config, List.of()).toJson()))
                .endsWith("\"layers\":[]}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{",
                "{\"schemaVersion\":1}",
                "{\"schemaVersion\":2}",
                "{\"schemaVersion\":2,\"config\":{}}",
                "{\"schemaVersion\":2,\"config\":{\"digest\":\"md5:00\",\"size\":1}}",
                "{\"schemaVersion\":2,\"layers\":[null],\"config\":{\"digest\":\"sha256:00\",\"size\":1}}"
            })
    void whatIsNoManifestIsRefused(String json) {
        assertThatThrownBy(() -> Manifest.parse(json.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("the image manifest is not valid: ");
    }

    @Test
    void theManifestOfThePlatformIsChosen() throws IOException {
        Index index = Index.parse(resource("index.json"));
        assertThat(index.choose(Platform.of("linux", "arm64", null)).orElseThrow())
                .isEqualTo(index.manifests().get(1));
        assertThat(index.choose(Platform.of("linux", "s390x", null))).isEmpty();
    }

    @Test
    void attestationsAreNeverChosen() throws IOException {
        Index index = Index.parse(resource("index.json"));
        Descriptor attestation = index.manifests()
                .getFirst()
                .withAnnotations(Map.of("vnd.docker.reference.type", "attestation-manifest"));
        assertThat(index.withManifests(MediaTypes.OCI_INDEX, List.of(attestation))
                        .choose(Platform.of("linux", "amd64", null)))
                .isEmpty();
    }

    @Test
    void chainIdsNameEveryStack() {
        Digest a = Digest.sha256(new byte[] {1});
        Digest b = Digest.sha256(new byte[] {2});
        assertThat(ChainId.of(List.of(a, b)))
                .containsExactly(a, Digest.sha256((a + " " + b).getBytes(StandardCharsets.US_ASCII)));
        assertThat(ChainId.of(List.of())).isEmpty();
    }

    private static String text(byte[] json) {
        return new String(json, StandardCharsets.UTF_8);
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = OciDocumentsTest.class.getResourceAsStream(name)) {
            return Objects.requireNonNull(in, name).readAllBytes();
        }
    }
}
