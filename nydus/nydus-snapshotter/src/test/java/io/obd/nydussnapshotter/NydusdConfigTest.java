package io.obd.nydussnapshotter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.obd.registry.Credentials;
import io.obd.registry.ImageReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NydusdConfigTest {
    private static final String TEMPLATE = """
        {"device": {"backend": {"type": "registry", "config": {"timeout": 5, "ca_cert_files": ["/ca"]}},
         "cache": {"type": "blobcache"}}, "mode": "direct", "enable_xattr": true}\
        """;

    @TempDir
    Path dir;

    @Test
    void whatConcernsTheImageIsPutIntoTheTemplate() throws Exception {
        NydusdConfig config = template(TEMPLATE).of("/7", Path.of("/cache"));
        config.source(
                ImageReference.parse("reg.example:5000/team/app:v1"),
                new Endpoint("mirror:80", Optional.of("http"), List.of(Path.of("/m.crt"))),
                true);

        JsonNode json = new ObjectMapper().readTree(config.json());
        assertThat(json.at("/device/id").asText()).isEqualTo("/7");
        assertThat(json.at("/device/cache/config/work_dir").asText()).isEqualTo("/cache");
        JsonNode backend = json.at("/device/backend/config");
        assertThat(backend.path("host").asText()).isEqualTo("mirror:80");
        assertThat(backend.path("scheme").asText()).isEqualTo("http");
        assertThat(backend.path("repo").asText()).isEqualTo("team/app");
        assertThat(backend.path("timeout").asInt()).isEqualTo(5);
        assertThat(backend.path("skip_verify").asBoolean()).isTrue();
        assertThat(backend.path("ca_cert_files").get(0).asText()).isEqualTo("/m.crt");
        assertThat(json.path("enable_xattr").asBoolean()).isTrue();
    }

    @Test
    void credentialsAreInTheCopyThatIsHandedOverOnly() throws Exception {
        NydusdConfig config = template(TEMPLATE).of("/7", Path.of("/cache"));

        NydusdConfig handed = config.with(Optional.of(new Credentials.UserPassword("alice", "s3cret")));

        assertThat(handed.json()).contains("\"auth\":\"YWxpY2U6czNjcmV0\"");
        assertThat(config.json()).doesNotContain("auth");
    }

    @Test
    void aTemplateWithAnUnknownBackendIsRefused() {
        assertThatThrownBy(() -> template("{\"device\": {\"backend\": {\"type\": \"floppy\"}}}"))
                .hasMessageContaining("nydusd.json")
                .hasMessageContaining("device.backend.type is \"floppy\"");
    }

    @Test
    void aTemplateThatIsNoJsonIsNamedAndNotQuoted() {
        assertThatThrownBy(() -> template("{\"auth\": \"c2VjcmV0\" oops"))
                .hasMessageContaining("nydusd.json: line 1")
                .hasMessageNotContaining("c2VjcmV0");
    }

    private NydusdConfig template(String text) throws Exception {
        return NydusdConfig.template(Files.writeString(dir.resolve("nydusd.json"), text));
    }
}
