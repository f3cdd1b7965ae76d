package io.obd.registry;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.Base64;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * A registry on loopback with a certificate of its own: a program that talks to it loads what it loads to talk to a real
 * one, and so the JVM's ahead-of-time cache of the program is recorded from that.
 */
public final class RehearsalServer implements AutoCloseable {
    private static final String STORE_TYPE = "PKCS12";
    private static final String ALIAS = "rehearsal";

    /** Of a key that is thrown away at once. */
    private static final String PASSWORD = "rehearsal";

    private final HttpsServer server;
    private final Path certificate;

    private RehearsalServer(HttpsServer server, Path certificate) {
        this.server = server;
        this.certificate = certificate;
    }

    /**
     * Serves what is below {@code /v2/}.
     *
     * @param directory where key and certificate are left
     * @throws IOException also if the JDK's keytool fails
     */
    public static RehearsalServer start(Path directory, HttpHandler answers) throws IOException, InterruptedException {
        Path keys = makeKeys(directory);
        try {
            KeyStore store = KeyStore.getInstance(STORE_TYPE);
            try (InputStream in = Files.newInputStream(keys)) {
                store.load(in, PASSWORD.toCharArray());
            }
            HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.setHttpsConfigurator(new HttpsConfigurator(context(store)));
            server.createContext("/v2/", answers);
            server.start();
            return new RehearsalServer(server, export(store.getCertificate(ALIAS), directory));
        } catch (GeneralSecurityException e) {
            throw new IOException(keys + ": cannot serve with this key: " + e.getMessage(), e);
        }
    }

    private static Path makeKeys(Path directory) throws IOException, InterruptedException {
        Path keys = directory.resolve("keys.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-keystore",
                        keys.toString(),
                        "-storetype",
                        STORE_TYPE,
                        "-storepass",
                        PASSWORD,
                        "-alias",
                        ALIAS,
                        "-keyalg",
                        "RSA",
                        "-dname",
                        "CN=rehearsal",
                        "-ext",
                        "san=ip:127.0.0.1")
                .redirectErrorStream(true)
                .start();
        String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (keytool.waitFor() != 0) {
            throw new IOException("keytool failed: " + said.strip());
        }
        return keys;
    }

    private static SSLContext context(KeyStore store) throws GeneralSecurityException {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context;
    }

    private static Path export(Certificate certificate, Path directory) throws GeneralSecurityException, IOException {
        String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate.getEncoded());
        return Files.writeString(
                directory.resolve("certificate.pem"),
                "-----BEGIN CERTIFICATE-----\n" + text + "\n-----END CERTIFICATE-----\n");
    }

    /** Where it serves, as the host of an image reference. */
    public String host() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    /** Who trusts this PEM file trusts the server. */
    public Path certificate() {
        return certificate;
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
