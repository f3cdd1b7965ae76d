package io.obd.e2e;

import io.obd.linux.DirectoryTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Copies of images that are signed with a key of GPG made for them: simple signing, as skopeo does it, with the signatures in a
 * directory beside the registry.
 */
final class Signing implements AutoCloseable {
    private static final String SIGNER = "signer@example.com";

    private final Registry registry;
    private final Path home;
    private final Path directory;
    private final Map<String, String> environment;

    /** @param home of GPG; the names of sockets in it have to be short */
    private Signing(Registry registry, Path home, Path directory) {
        this.registry = registry;
        this.home = home;
        this.directory = directory;
        this.environment = Map.of("GNUPGHOME", home.toString());
    }

    /** Makes the key. */
    static Signing in(Path directory, Registry registry) throws IOException, InterruptedException {
        Signing signing = new Signing(registry, Files.createTempDirectory("gpg"), directory);
        try {
            signing.gpg("--pinentry-mode", "loopback", "--passphrase", "", "--quick-gen-key", SIGNER, "rsa2048");
            signing.gpg("--output", signing.key().toString(), "--export", SIGNER);
            Files.writeString(Files.createDirectories(signing.registries()).resolve("test.yaml"), """
                    docker:
                      %1$s:
                        sigstore: file://%2$s
                        sigstore-staging: file://%2$s
                    """.formatted(
                            registry.host(), directory.resolve("signatures")));
            Files.writeString(
                    signing.policy(),
                    Json.write(Map.of(
                            "default",
                            List.of(Map.of("type", "reject")),
                            "transports",
                            Map.of(
                                    "docker",
                                    Map.of(
                                            registry.host(),
                                            List.of(Map.of(
                                                    "type",
                                                    "signedBy",
                                                    "keyType",
                                                    "GPGKeys",
                                                    "keyPath",
                                                    signing.key().toString())))))));
            return signing;
        } catch (IOException | InterruptedException e) {
            signing.close();
            throw e;
        }
    }

    private void gpg(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("gpg", "--batch"));
        command.addAll(List.of(arguments));
        Commands.in(directory).with(environment).run(command).orFail();
    }

    private Path key() {
        return directory.resolve("key.gpg");
    }

    private Path registries() {
        return directory.resolve("registries.d");
    }

    private Path policy() {
        return directory.resolve("policy.json");
    }

    /** Copies an image and signs the copy. */
    void copySigned(String from, String to) throws IOException, InterruptedException {
        registry.copy(
                from,
                to,
                environment,
                List.of("--insecure-policy", "--registries.d", registries().toString()),
                List.of("--sign-by", SIGNER));
    }

    /** Copies an image, which has to be signed. */
    void copyChecked(String from, String to) throws IOException, InterruptedException {
        registry.copy(
                from,
                to,
                environment,
                List.of(
                        "--policy",
                        policy().toString(),
                        "--registries.d",
                        registries().toString()),
                List.of());
    }

    @Override
    public void close() throws IOException {
        try {
            Commands.in(directory).with(environment).run("gpgconf", "--kill", "all");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        DirectoryTree.delete(home); // the agent takes its sockets away at the same time
    }
}
