package io.obd.snapshots.credentials;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.obd.registry.CredentialProgram;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Asks the program of a credential provider. */
final class ProviderProgram {
    /** As long as the kubelet waits. */
    private static final Duration LIMIT = Duration.ofMinutes(1);

    private final Path directory;
    private final CredentialProgram programs = new CredentialProgram(LIMIT);

    /** @param directory where the programs are */
    ProviderProgram(Path directory) {
        this.directory = directory;
    }

    ProviderAnswer ask(CredentialProvider provider, String image) throws IOException {
        List<String> command =
                new ArrayList<>(List.of(directory.resolve(provider.name()).toString()));
        command.addAll(provider.arguments());
        byte[] request = new ObjectMapper()
                .writeValueAsBytes(Map.of(
                        "kind", "CredentialProviderRequest", "apiVersion", provider.apiVersion(), "image", image));
        return ProviderAnswer.parse(programs.ask(command, provider.environment(), request), provider.cacheDuration());
    }
}
