package io.obd.convertor;

import io.obd.convert.ConversionException;
import io.obd.registry.ClientCertificate;
import io.obd.registry.CredentialSource;
import io.obd.registry.Credentials;
import io.obd.registry.DockerConfigFile;
import io.obd.registry.RegistryClient;
import io.obd.registry.RegistryConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** How the registry is reached. */
final class RegistryOptions {
    @Option(
            names = {"-u", "--username"},
            paramLabel = "USER:PASSWORD",
            description = "who asks; without it the docker config file is looked at")
    private String user = "";

    @Option(names = "--plain", arity = "0..1", fallbackValue = "true", description = "HTTP instead of HTTPS")
    private boolean plain;

    @Option(
            names = "--insecure",
            arity = "0..1",
            fallbackValue = "true",
            description = "do not verify the registry's certificate")
    private boolean insecure;

    @Option(names = "--root-ca", paramLabel = "FILE", description = "certificate authority to trust; repeatable")
    private List<Path> rootCas = new ArrayList<>();

    @Option(
            names = "--client-cert",
            paramLabel = "CERT:KEY",
            description = "client certificate to show; repeatable",
            converter = ClientCertificateConverter.class)
    private List<ClientCertificate> clientCertificates = new ArrayList<>();

    @Option(
            names = "--cert-dir",
            paramLabel = "DIR",
            description = "*.crt are certificate authorities, X.cert with X.key client certificates; repeatable")
    private List<Path> certDirs = new ArrayList<>();

    /** @throws IllegalArgumentException if a flag makes no sense */
    void requireSense() {
        if (!user.isEmpty() && user.indexOf(':') < 0) {
            throw new IllegalArgumentException("--username: USER:PASSWORD is expected, there is no colon");
        }
    }

    /** @param used whether there is a registry at all */
    void findIdle(IdleFlags idle, boolean used) {
        if (!used) {
            for (String flag :
                    List.of("--username", "--plain", "--insecure", "--root-ca", "--client-cert", "--cert-dir")) {
                idle.note(flag, "neither source nor result is in a registry");
            }
        }
        for (Path directory : certDirs) {
            if (!Files.isDirectory(directory) || !Files.isReadable(directory)) {
                idle.note("--cert-dir", directory + " is no directory that can be read");
            }
        }
    }

    /**
     * @param host registry of the source, for which the user and password are
     * @throws ConversionException if the environment says something senseless about proxies
     * @throws IOException if a certificate cannot be used
     */
    RegistryClient client(String host) throws IOException {
        Set<String> all = Set.of(RegistryConfig.ALL_HOSTS);
        RegistryConfig.Builder config = RegistryConfig.builder()
                .plainHttpHosts(plain ? all : Set.of())
                .insecureHosts(insecure ? all : Set.of())
                .caFiles(rootCas)
                .certDirs(certDirs)
                .clientCertificates(clientCertificates)
                .userAgent("convertor");
        RegistryClient client = client(config, host);
        try {
            // A connection without TLS, or without verification, would not read them all.
            if (!rootCas.isEmpty() || !clientCertificates.isEmpty() || !certDirs.isEmpty()) {
                client.readCertificates();
            }
            return client;
        } catch (IOException e) {
            client.close();
            throw e;
        }
    }

    private RegistryClient client(RegistryConfig.Builder config, String host) throws ConversionException {
        try {
            return new RegistryClient(config.build(), credentials(host));
        } catch (IllegalArgumentException e) {
            throw new ConversionException(String.valueOf(e.getMessage()), e);
        }
    }

    private CredentialSource credentials(String host) {
        int colon = user.indexOf(':');
        CredentialSource configured = new DockerConfigFile(DockerConfigFile.usualPath(System.getenv()));
        return colon < 0
                ? configured
                : configured.except(
                        host, new Credentials.UserPassword(user.substring(0, colon), user.substring(colon + 1)));
    }

    static final class ClientCertificateConverter implements ITypeConverter<ClientCertificate> {
        @Override
        public ClientCertificate convert(String value) {
            try {
                return ClientCertificate.parse(value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
