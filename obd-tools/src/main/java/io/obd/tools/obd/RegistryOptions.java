package io.obd.tools.obd;

import io.obd.registry.ClientCertificate;
import io.obd.registry.CredentialSource;
import io.obd.registry.Credentials.UserPassword;
import io.obd.registry.DockerConfigFile;
import io.obd.registry.Platform;
import io.obd.registry.RegistryClient;
import io.obd.registry.RegistryConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** How registries are reached: the flags of convertor, and those of ctr where they have other names. */
final class RegistryOptions {
    @Option(
            names = {"-u", "--username", "--user"},
            paramLabel = "USER:PASSWORD",
            description = "who asks the registry (default: docker's config.json)",
            converter = UserConverter.class)
    private @Nullable UserPassword user;

    @Option(
            names = {"--cred-file", "--cred_file_path"},
            paramLabel = "FILE",
            description = "credentials in the form of docker's config.json or of cred.json")
    private @Nullable Path credentialFile;

    @Option(
            names = {"--plain-http", "--plain"},
            description = "HTTP instead of HTTPS")
    private boolean plain;

    @Option(
            names = {"-k", "--skip-verify", "--insecure"},
            description = "do not verify the registry's certificate")
    private boolean insecure;

    @Option(
            names = {"--ca", "--root-ca", "--tlscacert"},
            paramLabel = "FILE",
            description = "certificate authority to trust, PEM; repeatable")
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

    @Option(
            names = "--platform",
            paramLabel = "OS/ARCH[/VARIANT]",
            description = "which image of an index (default: this machine's)",
            converter = PlatformConverter.class)
    private Platform platform = Platform.host();

    Platform platform() {
        return platform;
    }

    /** @throws ToolException if the environment says something senseless about proxies */
    RegistryClient client(Map<String, String> environment) throws ToolException {
        Set<String> all = Set.of(RegistryConfig.ALL_HOSTS);
        RegistryConfig.Builder config = RegistryConfig.builder()
                .plainHttpHosts(plain ? all : Set.of())
                .insecureHosts(insecure ? all : Set.of())
                .caFiles(rootCas)
                .certDirs(certDirs)
                .clientCertificates(clientCertificates)
                .userAgent("obd");
        try {
            return new RegistryClient(config.build(), credentials(environment));
        } catch (IllegalArgumentException e) {
            throw new ToolException(String.valueOf(e.getMessage()));
        }
    }

    private CredentialSource credentials(Map<String, String> environment) {
        if (user != null) {
            return CredentialSource.fixed(user);
        }
        if (credentialFile != null) {
            return new DockerConfigFile(credentialFile);
        }
        return new DockerConfigFile(DockerConfigFile.usualPath(environment));
    }

    static final class UserConverter implements ITypeConverter<UserPassword> {
        @Override
        public UserPassword convert(String value) {
            int colon = value.indexOf(':');
            if (colon <= 0) {
                throw new TypeConversionException("USER:PASSWORD is expected");
            }
            return new UserPassword(value.substring(0, colon), value.substring(colon + 1));
        }
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

    static final class PlatformConverter implements ITypeConverter<Platform> {
        @Override
        public Platform convert(String value) {
            try {
                return Platform.parse(value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
