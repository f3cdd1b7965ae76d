package io.obd.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A private certificate authority, made with openssl. */
final class CertificateAuthority {
    private final Path directory;
    private final Commands commands;

    private CertificateAuthority(Path directory, Commands commands) {
        this.directory = directory;
        this.commands = commands;
    }

    /** A server's certificate and key, PEM files. */
    record ServerCertificate(Path certificate, Path key) {}

    static CertificateAuthority create(Path directory) throws IOException, InterruptedException {
        CertificateAuthority authority = new CertificateAuthority(directory, Commands.in(directory));
        authority.writeExtensions("");
        authority.request("ca", "/CN=overlaybd private CA");
        authority
                .commands
                .run(
                        "openssl",
                        "x509",
                        "-req",
                        "-days",
                        "30",
                        "-in",
                        "ca.csr",
                        "-signkey",
                        "ca.key",
                        "-extfile",
                        "extensions.cnf",
                        "-extensions",
                        "ca",
                        "-out",
                        "ca.crt")
                .orFail();
        return authority;
    }

    /** The authority's own certificate: what clients have to trust. */
    Path certificate() {
        return directory.resolve("ca.crt");
    }

    /** Makes a server certificate for these names, in openssl's form: {@code DNS:host,IP:address}. */
    ServerCertificate issue(String alternativeNames) throws IOException, InterruptedException {
        writeExtensions(alternativeNames);
        request("server", "/CN=registry");
        commands.run(
                        "openssl",
                        "x509",
                        "-req",
                        "-days",
                        "30",
                        "-in",
                        "server.csr",
                        "-CA",
                        "ca.crt",
                        "-CAkey",
                        "ca.key",
                        "-CAcreateserial",
                        "-extfile",
                        "extensions.cnf",
                        "-extensions",
                        "server",
                        "-out",
                        "server.crt")
                .orFail();
        return new ServerCertificate(directory.resolve("server.crt"), directory.resolve("server.key"));
    }

    private void request(String name, String subject) throws IOException, InterruptedException {
        commands.run(
                        "openssl",
                        "req",
                        "-new",
                        "-newkey",
                        "ec",
                        "-pkeyopt",
                        "ec_paramgen_curve:P-256",
                        "-nodes",
                        "-keyout",
                        name + ".key",
                        "-subj",
                        subject,
                        "-out",
                        name + ".csr")
                .orFail();
    }

    private void writeExtensions(String alternativeNames) throws IOException {
        Files.writeString(directory.resolve("extensions.cnf"), """
                [ca]
                basicConstraints=critical,CA:TRUE
                keyUsage=critical,keyCertSign,cRLSign
                [server]
                basicConstraints=CA:FALSE
                subjectAltName=%s
                """.formatted(alternativeNames));
    }
}
