package io.obd.nydussnapshotter;

import io.obd.registry.CredentialSource;
import io.obd.registry.DockerConfigFile;
import io.obd.snapshots.credentials.CredentialChain;
import io.obd.snapshots.credentials.KubeletProviders;
import io.obd.snapshots.credentials.PulledCredentials;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where credentials of registries are looked for: configuration table {@code remote.auth}.
 *
 * @param kubelet the kubelet's providers, if they are to be asked
 * @param runtime socket of the container runtime, if pulls are to go through us
 */
record CredentialsConfig(Optional<Kubelet> kubelet, Optional<Path> runtime) {
    private static final String DEFAULT_RUNTIME = "/run/containerd/containerd.sock";

    /**
     * The kubelet's credential providers.
     *
     * @param config its {@code CredentialProviderConfig}
     * @param programs directory of the programs
     */
    record Kubelet(Path config, Path programs) {}

    static CredentialsConfig read(TomlTable auth) {
        if (auth.bool("enable_kubeconfig_keychain", false)) {
            auth.problem("enable_kubeconfig_keychain", "is not supported: use the kubelet's credential providers");
        }
        auth.string("kubeconfig_path", "");
        String runtime = auth.string("image_service_address", DEFAULT_RUNTIME).replaceFirst("^unix://", "");
        return new CredentialsConfig(
                kubelet(auth),
                auth.bool("enable_cri_keychain", false) ? Optional.of(Path.of(runtime)) : Optional.empty());
    }

    private static Optional<Kubelet> kubelet(TomlTable auth) {
        Optional<Path> config = auth.optionalPath("credential_provider_config");
        Optional<Path> programs = auth.optionalPath("credential_provider_bin_dir");
        if (!auth.bool("enable_kubelet_credential_providers", false)) {
            return Optional.empty();
        }
        if (config.isEmpty() || programs.isEmpty()) {
            auth.problem(
                    "enable_kubelet_credential_providers",
                    "needs credential_provider_config and credential_provider_bin_dir");
            return Optional.empty();
        }
        return Optional.of(new Kubelet(config.get(), programs.get()));
    }

    /** All of them, the best first. */
    CredentialSource chain(PulledCredentials pulled) {
        List<CredentialSource> sources = new ArrayList<>(
                List.of(pulled.recent(), new DockerConfigFile(DockerConfigFile.usualPath(System.getenv()))));
        kubelet.ifPresent(kubelet ->
                sources.add(new KubeletProviders(kubelet.config(), kubelet.programs(), InstantSource.system())));
        sources.add(pulled.all());
        return new CredentialChain(sources);
    }
}
