package io.obd.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DockerConfigFileTest {
    @TempDir
    private Path directory;

    private DockerConfigFile file(String json) throws IOException {
        return new DockerConfigFile(Files.writeString(directory.resolve("config.json"), json));
    }

    private static Optional<Credentials> user(String name, String password) {
        return Optional.of(new Credentials.UserPassword(name, password));
    }

    @Test
    void theLongestKeyWins() throws IOException {
        DockerConfigFile file = file("""
                {"auths": {"h:5000": {"username": "a", "password": "1"},
                           "h:5000/x": {"username": "b", "password": "2"},
                           "h:5000/x/y": {"auth": "YzozOjQ="}}}""");
        assertThat(file.find("h:5000", "z")).isEqualTo(user("a", "1"));
        assertThat(file.find("h:5000", "x/z")).isEqualTo(user("b", "2"));
        assertThat(file.find("h:5000", "x/y")).isEqualTo(user("c", "3:4"));
        assertThat(file.find("h:5000", "x/yy")).isEqualTo(user("b", "2"));
        assertThat(file.find("h", "x")).isEmpty();
    }

    @Test
    void itIsWhereTheEnvironmentSaysOrInTheUsersHome() {
        Path home = Path.of(System.getProperty("user.home"), ".docker", "config.json");
        assertThat(DockerConfigFile.usualPath(Map.of())).isEqualTo(home);
        assertThat(DockerConfigFile.usualPath(Map.of("DOCKER_CONFIG", ""))).isEqualTo(home);
        assertThat(DockerConfigFile.usualPath(Map.of("DOCKER_CONFIG", "/etc/docker")))
                .isEqualTo(Path.of("/etc/docker/config.json"));
    }

    @Test
    void dockerHubIsKnownByAllItsNames() throws IOException {
        assertThat(file("{\"auths\":{\"https://index.docker.io/v1/\":{\"auth\":\"YTpi\"}}}")
                        .find("docker.io", "library/busybox"))
                .isEqualTo(user("a", "b"));
    }

    @ParameterizedTest
    @CsvSource({
        "registry.corp:443, registry.corp",
        "registry.corp, registry.corp:443",
        "Registry.Corp/r, registry.corp",
        "registry.corp, Registry.Corp:443",
        "registry.corp:80, registry.corp",
        "http://registry.corp:5000/, REGISTRY.corp:5000",
        "https://index.docker.io/v1/, registry-1.docker.io",
        "registry-1.docker.io, index.docker.io",
    })
    void aRegistryIsTheSameHoweverItIsWritten(String key, String host) throws IOException {
        DockerConfigFile file = file("{\"auths\":{\"" + key + "\":{\"auth\":\"YTpi\"}}}");
        assertThat(file.find(host, "r")).isEqualTo(user("a", "b"));
        assertThat(file.find("other.corp", "r")).isEmpty();
    }

    @Test
    void aMissingFileHoldsNothing() throws IOException {
        assertThat(new DockerConfigFile(directory.resolve("none")).find("h", "r"))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{                                        | line 1, column 2: not valid JSON",
                "[]                                       | line 1: the file must be an object",
                "{\"auths\": [\"s3cret\"]}                | line 1: auths must be an object",
                "{\"auths\": {\"h\": \"s3cret\"}}         | line 1: auths.h must be an object",
                "{\"auths\": {\"h\": {\"auth\": 5}}}      | line 1: auths.h.auth must be a string",
                "{\"auths\": {\"h\": {\"auth\": \"s3cret!\"}}} | line 1: auths.h.auth is no base64",
                "{\"auths\": {\"h\": {\"auth\": \"YWJj\"}}} | line 1: auths.h.auth is not the base64 of user:password",
                "{\"auths\": {\"h\": s3cret}}             | not valid JSON",
            })
    void whatIsWrongIsSaidWithoutTheSecret(String json, String problem) throws IOException {
        DockerConfigFile file = file(json);
        assertThatThrownBy(() -> file.find("h", "r"))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith(directory.resolve("config.json").toString())
                .hasMessageContaining(problem)
                .hasMessageNotContaining("s3cret")
                .hasNoCause();
    }

    @Test
    void credentialsDoNotShowTheirSecret() {
        assertThat(new Credentials.UserPassword("u", "hidden")).hasToString("user \"u\"");
        assertThat(new Credentials.IdentityToken("hidden").toString()).doesNotContain("hidden");
    }
}
