package io.obd.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.util.List;
import java.util.Map;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SystemAuthoritiesTest {
    @TempDir
    private Path directory;

    private static HeldCertificate authority() {
        return new HeldCertificate.Builder().certificateAuthority(0).build();
    }

    private static List<Certificate> certificates(Map<String, String> environment) throws IOException {
        return new SystemAuthorities(environment).certificates();
    }

    @Test
    void aFileThatIsNamedStandsInThePlaceOfTheSystems() throws Exception {
        HeldCertificate ours = authority();
        Path file = Files.writeString(directory.resolve("ca.pem"), ours.certificatePem());

        assertThat(certificates(Map.of("SSL_CERT_FILE", file.toString()))).containsExactly(ours.certificate());
    }

    @Test
    void directoriesHaveMoreOfThem() throws Exception {
        HeldCertificate one = authority();
        HeldCertificate other = authority();
        Path first = Files.createDirectory(directory.resolve("first"));
        Path second = Files.createDirectory(directory.resolve("second"));
        Files.writeString(first.resolve("ca.pem"), one.certificatePem());
        Files.writeString(first.resolve("README"), "no certificate");
        Files.writeString(second.resolve("ca.crt"), other.certificatePem());
        String both = first + ":" + directory.resolve("missing") + ":" + second;

        assertThat(certificates(Map.of("SSL_CERT_DIR", both)))
                .contains(one.certificate(), other.certificate())
                .containsAll(certificates(Map.of()));
    }

    @Test
    void aFileThatIsNamedAndCannotBeReadIsAnError() {
        assertThatThrownBy(() -> certificates(Map.of("SSL_CERT_FILE", "/no/such/file.pem")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("SSL_CERT_FILE: ")
                .hasMessageContaining("/no/such/file.pem");
    }
}
