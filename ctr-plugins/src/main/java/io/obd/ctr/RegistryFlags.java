package io.obd.ctr;

import static java.util.Objects.requireNonNull;

import io.obd.ctr.client.CtrException;
import io.obd.registry.ClientCertificate;
import io.obd.registry.CredentialSource;
import io.obd.registry.Credentials;
import io.obd.registry.Credentials.IdentityToken;
import io.obd.registry.Credentials.UserPassword;
import io.obd.registry.DockerConfigFile;
import io.obd.registry.HostsDirectory;
import io.obd.registry.HttpWatch;
import io.obd.registry.RegistryConfig;
import io.obd.registry.RegistryHosts;
import java.io.Console;
import java.io.PrintWriter;
import java.nio.file.Files;
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
            description =
                    "directory with a directory for each registry host, which holds its hosts.toml or certificates")
    private @Nullable Path hostsDir;

    @Option(names = "--tlscacert", paramLabel = "FILE", description = "further CA to trust, PEM")
    private @Nullable Path caCertificate;

    @Option(names = "--tlscert", paramLabel = "FILE", description = "client certificate, PEM; needs --tlskey")
    private @Nullable Path clientCertificate;

    @Option(names = "--tlskey", paramLabel = "FILE", description = "its private key, PEM")
    private @Nullable Path clientKey;

    @Option(names = "--http-dump", description = "show requests to the registry and its answers, without secrets")
    private boolean httpDump;

    @Option(names = "--http-trace", description = "show what happens on the connections to the registry, and when")
    private boolean httpTrace;

    private Optional<Credentials> given = Optional.empty();

    /** Whether one of them was given. */
    boolean areGiven() {
        return skipVerify
                || plainHttp
                || user != null
                || refreshToken != null
                || hostsDir != null
                || caCertificate != null
                || clientCertificate != null
                || clientKey != null
                || watches();
    }

    /** How to reach {@code host}, and who is told about it. */
    RegistryConfig config(String host) throws CtrException {
        Set<String> here = Set.of(host);
        return RegistryConfig.builder()
                .plainHttpHosts(plainHttp ? here : Set.of())
                .insecureHosts(skipVerify ? here : Set.of())
                .caFiles(caCertificate == null ? List.of() : List.of(file("--tlscacert", caCertificate)))
                .clientCertificates(clientCertificates())
                .hosts(hosts())
                .watch(watch())
                .build();
    }

    /** Whether the error stream is going to be busy. */
    boolean watches() {
        return httpDump || httpTrace;
    }

    /** Who we are at {@code host}; the command line's user is nobody elsewhere. */
    CredentialSource credentials(String host) {
        CredentialSource docker = new DockerConfigFile(DockerConfigFile.usualPath(System.getenv()));
        return given().map(credentials -> docker.except(host, credentials)).orElse(docker);
    }

    /** What the command line says; a password that it lacks is asked for, once. */
    Optional<Credentials> given() {
        if (given.isEmpty()) {
            given = readGiven();
        }
        return given;
    }

    private Optional<Credentials> readGiven() {
        if (user != null && !user.isEmpty()) {
            int colon = user.indexOf(':');
            return Optional.of(
                    colon > 0
                            ? new UserPassword(user.substring(0, colon), user.substring(colon + 1))
                            : new UserPassword(user, askPassword()));
        }
        return refreshToken == null || refreshToken.isEmpty()
                ? Optional.empty()
                : Optional.of(new IdentityToken(refreshToken));
    }

    private RegistryHosts hosts() throws CtrException {
        if (hostsDir == null) {
            return RegistryHosts.THEMSELVES;
        }
        if (!Files.isDirectory(hostsDir)) {
            throw new CtrException("--hosts-dir " + hostsDir + " is not a directory");
        }
        return new HostsDirectory(hostsDir);
    }

    private HttpWatch watch() {
        PrintWriter err = requireNonNull(command).commandLine().getErr();
        return new HttpWatch(httpDump ? err::println : null, httpTrace ? err::println : null);
    }

    private List<ClientCertificate> clientCertificates() throws CtrException {
        if (clientCertificate == null && clientKey == null) {
            return List.of();
        }
        if (clientCertificate == null || clientKey == null) {
            throw usage("--tlscert and --tlskey are needed together");
        }
        return List.of(new ClientCertificate(file("--tlscert", clientCertificate), file("--tlskey", clientKey)));
    }

    /** A pipe is one too: the shell may make the file. */
    private static Path file(String option, Path path) throws CtrException {
        if (!Files.exists(path)) {
            throw new CtrException(option + " " + path + ": no such file");
        }
        if (Files.isDirectory(path)) {
            throw new CtrException(option + " " + path + " is a directory, a file is expected");
        }
        return path;
    }

    private String askPassword() {
        return Optional.ofNullable(System.console())
                .filter(Console::isTerminal)
                .map(console -> console.readPassword("Password: "))
                .map(String::new)
                .orElseThrow(
                        () -> usage("--user needs USER:PASSWORD where no terminal is there to ask for the password"));
    }

    private ParameterException usage(String problem) {
        return new ParameterException(requireNonNull(command).commandLine(), problem);
    }
}
