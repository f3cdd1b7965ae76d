package io.obd.registry;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Whom we trust and what we show, made of the configured files.
 *
 * @param sockets makes the connections
 * @param trust decides about the registry's certificate
 */
record Tls(SSLSocketFactory sockets, X509TrustManager trust) {
    private static final char[] NO_PASSWORD = {};

    /** Verifies certificates against the system's CAs and the configured ones. */
    static Tls verified(RegistryConfig config) throws IOException {
        List<Path> caFiles = new ArrayList<>(config.caFiles());
        List<ClientCertificate> clients = new ArrayList<>(config.clientCertificates());
        config.certDirs().forEach(dir -> scan(dir, caFiles, clients));
        try {
            X509TrustManager trust = trustSystemAnd(caFiles);
            return new Tls(socketFactory(clients, trust), trust);
        } catch (GeneralSecurityException e) {
            throw new IOException("the TLS certificates cannot be used: " + e.getMessage(), e);
        }
    }

    /** Verifies certificates against these CAs and no others. */
    static Tls pinned(List<Path> caFiles, List<ClientCertificate> clients) throws IOException {
        try {
            KeyStore store = emptyStore();
            int n = 0;
            for (Path file : caFiles) {
                for (Certificate certificate : PemFile.read(file).certificates()) {
                    store.setCertificateEntry("pinned-" + n++, certificate);
                }
            }
            X509TrustManager trust = trustManager(store);
            return new Tls(socketFactory(clients, trust), trust);
        } catch (GeneralSecurityException e) {
            throw new IOException("the TLS certificates cannot be used: " + e.getMessage(), e);
        }
    }

    /** Believes every certificate. */
    static Tls unverified(RegistryConfig config) throws IOException {
        List<ClientCertificate> clients = new ArrayList<>(config.clientCertificates());
        config.certDirs().forEach(dir -> scan(dir, new ArrayList<>(), clients));
        X509TrustManager trust = new TrustAll();
        try {
            return new Tls(socketFactory(clients, trust), trust);
        } catch (GeneralSecurityException e) {
            throw new IOException("the TLS client certificates cannot be used: " + e.getMessage(), e);
        }
    }

    private static void scan(Path directory, List<Path> caFiles, List<ClientCertificate> clients) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.{crt,cert}")) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (name.endsWith(".crt")) {
                    caFiles.add(file);
                } else {
                    Path key = file.resolveSibling(name.substring(0, name.length() - ".cert".length()) + ".key");
                    clients.add(new ClientCertificate(file, key));
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            LoggerFactory.getLogger(Tls.class).debug("certificate directory ignored: {}", e.toString());
        }
    }

    private static X509TrustManager trustSystemAnd(List<Path> caFiles) throws GeneralSecurityException, IOException {
        List<Certificate> extra = new ArrayList<>();
        for (Path file : caFiles) {
            extra.addAll(PemFile.read(file).certificates());
        }
        List<Certificate> system = new SystemAuthorities(System.getenv()).certificates();
        KeyStore store = emptyStore();
        int n = 0;
        for (Certificate certificate : system) {
            store.setCertificateEntry("system-" + n++, certificate);
        }
        if (system.isEmpty()) {
            for (X509Certificate certificate : trustManager(null).getAcceptedIssuers()) {
                store.setCertificateEntry("java-" + n++, certificate);
            }
        }
        for (Certificate certificate : extra) {
            store.setCertificateEntry("extra-" + n++, certificate);
        }
        return trustManager(store);
    }

    private static X509TrustManager trustManager(@Nullable KeyStore store) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509TrustManager x509) {
                return x509;
            }
        }
        throw new GeneralSecurityException("this Java runtime has no X.509 trust manager");
    }

    private static SSLSocketFactory socketFactory(List<ClientCertificate> clients, X509TrustManager trust)
            throws GeneralSecurityException, IOException {
        KeyStore store = emptyStore();
        for (ClientCertificate client : clients) {
            Certificate[] chain =
                    PemFile.read(client.certificate()).certificates().toArray(Certificate[]::new);
            store.setKeyEntry(
                    client.certificate().toString(), PemFile.read(client.key()).privateKey(), NO_PASSWORD, chain);
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, NO_PASSWORD);
        KeyManager[] managers = clients.isEmpty() ? new KeyManager[0] : keys.getKeyManagers();
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers, new TrustManager[] {trust}, new SecureRandom());
        return context.getSocketFactory();
    }

    private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, NO_PASSWORD);
        return store;
    }

    /** Asked for host by host. The extended class keeps the JDK from adding checks of its own. */
    private static final class TrustAll extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
