package io.obd.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.registry.RegistryHost.Capability;
import io.obd.registry.RegistryHost.HostTls;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostsDirectoryTest {
    @TempDir
    private Path root;

    private List<RegistryHost> hosts(String registry) throws IOException {
        return new HostsDirectory(root).of(registry);
    }

    private Path write(String directory, String toml) throws IOException {
        Path file = Files.createDirectories(root.resolve(directory)).resolve("hosts.toml");
        return Files.writeString(file, toml);
    }

    private static RegistryHost mirror(String api) {
        return new RegistryHost(URI.create(api), EnumSet.allOf(Capability.class), HostTls.NONE, Map.of(), null, null);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[host.'https://a.example:5000']\nca = 'ca.crt'",
                "server = 'https://a.example:5000'\n[host.'https://a.example:5000']\nca = 'ca.crt'",
                "[host.'http://a.example:5000/']\ncapabilities = ['push', 'pull', 'resolve']"
            })
    void aRegistryThatStandsAmongItsHostsIsAskedOnce(String text) throws IOException {
        write("b.example", "[host.'http://b.example']");
        assertThat(hosts("b.example")).hasSize(1);
        write("a.example:5000", text);

        assertThat(hosts("a.example:5000"))
                .singleElement()
                .satisfies(host -> assertThat(host.api()).hasHost("a.example"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[host.'https://a.example']",
                "[host.'https://a.example:5000/mirror']",
                "skip_verify = true\n[host.'https://a.example:5000']"
            })
    void aRegistryIsAskedLastWhereItsHostsAreOthers(String text) throws IOException {
        write("a.example:5000", text);

        assertThat(hosts("a.example:5000"))
                .hasSize(2)
                .allSatisfy(host -> assertThat(host.capabilities()).containsAll(EnumSet.allOf(Capability.class)));
    }

    @Test
    void aRegistryIsAskedLastForWhatItMayNotDoAmongItsHosts() throws IOException {
        write("a.example:5000", "[host.'https://a.example:5000']\ncapabilities = ['pull', 'resolve']");

        assertThat(hosts("a.example:5000"))
                .extracting(RegistryHost::capabilities)
                .containsExactly(EnumSet.of(Capability.PULL, Capability.RESOLVE), EnumSet.of(Capability.PUSH));
    }

    @Test
    void theHostsComeInTheOrderOfTheFileAndTheServerLast() throws IOException {
        write("a.example", """
                server = "https://upstream.example"
                [host."https://z.example"]
                [host."http://b.example:5000/us"]
                [host."c.example/v2/"]
                [host."https://d.example/proxy"]
                  override_path = true
                """);
        assertThat(hosts("a.example"))
                .containsExactly(
                        mirror("https://z.example/v2/"),
                        mirror("http://b.example:5000/us/v2/"),
                        mirror("https://c.example/v2/"),
                        mirror("https://d.example/proxy/"),
                        mirror("https://upstream.example/v2/"));
    }

    @Test
    void withoutServerTheRegistryIsLastWithWhatStandsAtTheTop() throws IOException {
        write("a.example", """
                ca = "ca.pem"
                dial_timeout = "1m0.5s"
                """);
        assertThat(hosts("a.example"))
                .containsExactly(new RegistryHost(
                        null,
                        EnumSet.allOf(Capability.class),
                        new HostTls(List.of(root.resolve("a.example/ca.pem")), List.of(), List.of(), false),
                        Map.of(),
                        Duration.ofMillis(60_500),
                        null));
    }

    @Test
    void everyFormOfAValueIsRead() throws IOException {
        write("a.example", """
                [host."https://one"]
                  capabilities = ["pull", "Resolve"]
                  ca = ["x.pem", "/etc/y.pem"]
                  client = "both.pem"
                  skip_verify = true
                  proxy = "http://user:pass@proxy:3128"
                  [host."https://one".header]
                    x-one = "1"
                    x-two = ["2", "3"]
                [host."https://two"]
                  client = ["a.pem", "/b.pem"]
                [host."https://three"]
                  client = [["a.cert", "a.key"], ["b.pem", ""]]
                """);
        Path dir = root.resolve("a.example");
        List<RegistryHost> hosts = hosts("a.example");
        assertThat(hosts.get(0).capabilities()).isEqualTo(Set.of(Capability.PULL, Capability.RESOLVE));
        assertThat(hosts.get(0).tls())
                .isEqualTo(new HostTls(
                        List.of(dir.resolve("x.pem"), Path.of("/etc/y.pem")),
                        List.of(),
                        List.of(new ClientCertificate(dir.resolve("both.pem"), dir.resolve("both.pem"))),
                        true));
        assertThat(hosts.get(0).headers()).isEqualTo(Map.of("x-one", List.of("1"), "x-two", List.of("2", "3")));
        assertThat(hosts.get(0).proxy()).isEqualTo("http://user:pass@proxy:3128");
        assertThat(hosts.get(0).toString()).doesNotContain("pass", "x-one");
        assertThat(hosts.get(1).tls().clientCertificates())
                .containsExactly(
                        new ClientCertificate(dir.resolve("a.pem"), dir.resolve("a.pem")),
                        new ClientCertificate(Path.of("/b.pem"), Path.of("/b.pem")));
        assertThat(hosts.get(2).tls().clientCertificates())
                .containsExactly(
                        new ClientCertificate(dir.resolve("a.cert"), dir.resolve("a.key")),
                        new ClientCertificate(dir.resolve("b.pem"), dir.resolve("b.pem")));
    }

    @Test
    void theFirstDirectoryThatIsThereCounts() throws IOException {
        assertThat(hosts("a.example:5000")).containsExactly(RegistryHost.REGISTRY);
        write("_default", "server = 'https://default'");
        assertThat(hosts("a.example:5000")).containsExactly(mirror("https://default/v2/"));
        write("a.example:5000", "server = 'https://colon'");
        assertThat(hosts("a.example:5000")).containsExactly(mirror("https://colon/v2/"));
        write("a.example_5000_", "server = 'https://line'");
        assertThat(hosts("a.example:5000")).containsExactly(mirror("https://line/v2/"));
        assertThat(hosts("a.example")).containsExactly(mirror("https://default/v2/"));
    }

    @ParameterizedTest
    @CsvSource({
        "Registry.Corp, registry.corp",
        "registry.corp_443_, registry.corp",
        "registry.corp:443, Registry.Corp",
        "registry.corp, registry.corp:443",
        "Registry.Corp_5000_, registry.corp:5000",
        "docker.io, registry-1.docker.io"
    })
    void aDirectoryCountsForEveryWayToWriteTheRegistry(String directory, String registry) throws IOException {
        write("_default", "server = 'https://default'");
        write(directory, "server = 'https://found'");
        write("other.corp_443_", "server = 'https://other'");
        assertThat(hosts(registry)).containsExactly(mirror("https://found/v2/"));
    }

    @Test
    void withoutAFileTheCertificatesOfTheDirectoryCount() throws IOException {
        Path directory = Files.createDirectories(root.resolve("a.example"));
        HostTls certificates = new HostTls(List.of(), List.of(directory), List.of(), false);
        assertThat(hosts("a.example")).containsExactly(RegistryHost.of(certificates));
        write("a.example", "");
        assertThat(hosts("a.example")).containsExactly(RegistryHost.of(certificates));
    }

    @Test
    void dockerHubIsReachedWhereItsApiIs() throws IOException {
        write("docker.io", "server = 'https://docker.io'");
        assertThat(hosts("docker.io")).containsExactly(mirror("https://registry-1.docker.io/v2/"));
    }

    @Test
    void unknownKeysAreNamedWithTheirTables() throws IOException {
        Path file = write("a.example", """
                colour = "red"
                [host."https://m"]
                  password = "x"
                  [host."https://m".host."https://n"]
                """);
        assertThat(HostsFile.read(file).unknownKeys())
                .containsExactly("host.\"https://m\".password", "host.\"https://m\".host", "colour");
        assertThat(hosts("a.example")).hasSize(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "server = 3 | : server: must be a string",
                "server = 'ftp://x' | : server: not the URL of a registry host",
                "server = 'https://u:p@x' | : server: a URL of a registry host with a user or password in it",
                "[host.'ht tp'] | : host.\"ht tp\": not the URL of a registry host",
                "host = 'x' | : host: must be a table",
                "host.x = 'y' | : host.\"x\": must be a table",
                "capabilities = ['fly'] | : capabilities: \"fly\" is none of pull, resolve and push",
                "ca = [1] | : ca: must be a string",
                "ca = \"\\u0000\" | : ca: is no path",
                "client = [['a']] | : client: must be a path, a list of paths, or a list of pairs of paths",
                "skip_verify = 'yes' | : skip_verify: must be true or false",
                "header.x = 1 | : header.x: must be a string",
                "header.x = \"a\\nb\" | : header.x: \"x\" is no HTTP header",
                "dial_timeout = 'soon' | : dial_timeout: 'soon' is not a duration",
                "dial_timeout = '0' | : dial_timeout: must be between",
                "proxy = 'socks5://x' | : proxy: a proxy of scheme socks5 is not supported",
                "server = | :1: ",
            })
    void anErrorNamesTheFileAndTheKey(String toml, String error) throws IOException {
        Path file = write("a.example", toml);
        assertThatThrownBy(() -> hosts("a.example"))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith(file + error.stripTrailing());
    }
}
