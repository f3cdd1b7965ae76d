package io.obd.ctr;

import static java.util.Objects.requireNonNull;

import io.obd.ctr.pull.PullException;
import io.obd.registry.ClientCertificate;
import io.obd.registry.CredentialSource;
import io.obd.registry.Credentials.IdentityToken;
import io.obd.registry.Credentials.UserPassword;
import io.obd.registry.DockerConfigFile;
import io.obd.registry.RegistryConfig;
import java.io.Console;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The flags about the registry, which containerd's ctr has too. */
final class RegistryFlags {
    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec command;

    @Option(
            names = {"-k", "--skip-verify"},
            description = "do not verify the registry's TLS certificate")
    private boolean skipVerify;

    @Option(names = "--plain-http", description = "speak plain HTTP with the registry")
    private boolean plainHttp;

    @Option(
            names = {"-u", "--user"},
            paramLabel = "USER[:PASSWORD]",
            description = "user at the registry; without a password it is asked for (default: docker's config.json)")
    private @Nullable String user;

    @Option(names = "--refresh", paramLabel = "TOKEN", description = "refresh token for the registry's token service")
    private @Nullable String refreshToken;

    @Option(
            names = "--hosts-dir",
            paramLabel = "DIR",
            description = "directory with a directory for each registry host, which holds its certificates")
    private @Nullable Path hostsDir;

    @Option(names = "--tlscacert", paramLabel = "FILE", description = "further CA to trust, PEM")
    private @Nullable Path caCertificate;

    @Option(names = "--tlscert", paramLabel = "FILE", description = "client certificate, PEM; needs --tlskey")
    private @Nullable Path clientCertificate;

    @Option(names = "--tlskey", paramLabel = "FILE", description = "its private key, PEM")
    private @Nullable Path clientKey;

    @Option(names = "--http-dump", hidden = true)
    private boolean httpDump;

    @Option(names = "--http-trace", hidden = true)
    private boolean httpTrace;

    /** How to reach {@code host}. */
    RegistryConfig config(String host) throws PullException {
        refuse(httpDump, "--http-dump");
        refuse(httpTrace, "--http-trace");
        Set<String> here = Set.of(host);
        return RegistryConfig.builder()
                .plainHttpHosts(plainHttp ? here : Set.of())
                .insecureHosts(skipVerify ? here : Set.of())
                .caFiles(caCertificate == null ? List.of() : List.of(caCertificate))
                .certDirs(hostsDir == null ? List.of() : HostsDirectory.certificates(hostsDir, host))
                .clientCertificates(clientCertificates())
                .build();
    }

    /** Who we are there. */
    CredentialSource credentials() {
        if (user != null && !user.isEmpty()) {
            int colon = user.indexOf(':');
            return CredentialSource.fixed(
                    colon > 0
                            ? new UserPassword(user.substring(0, colon), user.substring(colon + 1))
                            : new UserPassword(user, askPassword()));
        }
        if (refreshToken != null && !refreshToken.isEmpty()) {
            return CredentialSource.fixed(new IdentityToken(refreshToken));
        }
        return new DockerConfigFile(dockerConfig());
    }

    private static Path dockerConfig() {
        String directory = System.getenv("DOCKER_CONFIG");
        return directory == null || directory.isEmpty()
                ? Path.of(System.getProperty("user.home"), ".docker", "config.json")
                : Path.of(directory, "config.json");
    }

    private List<ClientCertificate> clientCertificates() {
        if (clientCertificate == null && clientKey == null) {
            return List.of();
        }
        if (clientCertificate == null || clientKey == null) {
            throw usage("--tlscert and --tlskey are needed together");
        }
        return List.of(new ClientCertificate(clientCertificate, clientKey));
    }

    private String askPassword() {
        return Optional.ofNullable(System.console())
                .filter(Console::isTerminal)
                .map(console -> console.readPassword("Password: "))
                .map(String::new)
                .orElseThrow(
                        () -> usage("--user needs USER:PASSWORD where no terminal is there to ask for the password"));
    }

    private void refuse(boolean given, String flag) {
        if (given) {
            throw usage(flag + " is not supported: look at the registry's access log, or use a proxy that records");
        }
    }

    private ParameterException usage(String problem) {
        return new ParameterException(requireNonNull(command).commandLine(), problem);
    }
}
