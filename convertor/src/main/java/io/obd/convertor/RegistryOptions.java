package io.obd.convertor;

import io.obd.convert.ConversionException;
import io.obd.registry.ClientCertificate;
import io.obd.registry.CredentialSource;
import io.obd.registry.Credentials;
import io.obd.registry.DockerConfigFile;
import io.obd.registry.RegistryClient;
import io.obd.registry.RegistryConfig;
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

    /**
     * @param host registry of the source, for which the user and password are
     * @throws ConversionException if the environment says something senseless about proxies
     */
    RegistryClient client(String host) throws ConversionException {
        Set<String> all = Set.of(RegistryConfig.ALL_HOSTS);
        RegistryConfig.Builder config = RegistryConfig.builder()
                .plainHttpHosts(plain ? all : Set.of())
                .insecureHosts(insecure ? all : Set.of())
                .caFiles(rootCas)
                .certDirs(certDirs)
                .clientCertificates(clientCertificates)
                .userAgent("convertor");
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
