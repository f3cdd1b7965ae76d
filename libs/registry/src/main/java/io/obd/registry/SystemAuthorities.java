package io.obd.registry;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.slf4j.LoggerFactory;

/**
 * The authorities that this system trusts. As for programs in Go, {@code SSL_CERT_FILE} names another file in the place of the
 * distribution's, and {@code SSL_CERT_DIR} directories with more of them, with colons in between.
 *
 * @param environment of this process
 */
record SystemAuthorities(Map<String, String> environment) {
    private static final String FILE = "SSL_CERT_FILE";
    private static final String DIRECTORIES = "SSL_CERT_DIR";

    /** Where distributions keep the CAs that their administrators trust. */
    private static final List<Path> BUNDLES = List.of(
            Path.of("/etc/ssl/certs/ca-certificates.crt"),
            Path.of("/etc/pki/tls/certs/ca-bundle.crt"),
            Path.of("/etc/ssl/ca-bundle.pem"),
            Path.of("/etc/ssl/cert.pem"));

    /**
     * All of them; empty if the system has none.
     *
     * @throws IOException if the file that is named cannot be read
     */
    List<Certificate> certificates() throws IOException {
        List<Certificate> certificates = new ArrayList<>(bundle());
        for (String directory : environment.getOrDefault(DIRECTORIES, "").split(":")) {
            if (!directory.isEmpty()) {
                certificates.addAll(in(Path.of(directory)));
            }
        }
        return certificates;
    }

    private List<Certificate> bundle() throws IOException {
        String named = environment.getOrDefault(FILE, "");
        if (!named.isEmpty()) {
            try {
                return PemFile.read(Path.of(named)).certificates();
            } catch (IOException e) {
                throw new IOException(FILE + ": " + e.getMessage(), e);
            }
        }
        for (Path bundle : BUNDLES) {
            if (Files.isReadable(bundle)) {
                return PemFile.read(bundle).certificates();
            }
        }
        return List.of();
    }

    /** What is no certificate is passed over: such directories hold other files, too. */
    private static List<Certificate> in(Path directory) {
        List<Certificate> certificates = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, Files::isRegularFile)) {
            for (Path file : files) {
                try {
                    certificates.addAll(PemFile.read(file).certificates());
                } catch (IOException e) {
                    LoggerFactory.getLogger(SystemAuthorities.class).debug("{}: {}", DIRECTORIES, e.toString());
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            LoggerFactory.getLogger(SystemAuthorities.class).warn("{}: {}", DIRECTORIES, e.toString());
        }
        return certificates;
    }
}
