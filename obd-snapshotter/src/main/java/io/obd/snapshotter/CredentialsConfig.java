package io.obd.snapshotter;

import io.obd.image.ConfigObject;
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
 * Where credentials of registries are looked for: configuration key {@code credentials}.
 *
 * @param dockerConfig docker's file, which need not be there
 * @param kubelet the kubelet's providers, if they are to be asked
 * @param runtime socket of the container runtime, if pulls are to go through us
 */
record CredentialsConfig(Path dockerConfig, Optional<Kubelet> kubelet, Optional<Path> runtime) {
    /**
     * The kubelet's credential providers.
     *
     * @param config its {@code CredentialProviderConfig}
     * @param programs directory of the programs
     */
    record Kubelet(Path config, Path programs) {}

    static CredentialsConfig read(ConfigObject object) {
        String config = object.string("kubeletConfig", "");
        String programs = object.string("kubeletBinDir", "");
        if (config.isEmpty() != programs.isEmpty()) {
            object.problem("kubeletConfig", "is needed together with kubeletBinDir");
        }
        String runtime = object.string("criImageService", "");
        return new CredentialsConfig(
                absolute(object, "dockerConfig", object.string("dockerConfig", usualDockerConfig())),
                config.isEmpty()
                        ? Optional.empty()
                        : Optional.of(new Kubelet(
                                absolute(object, "kubeletConfig", config),
                                absolute(object, "kubeletBinDir", programs))),
                runtime.isEmpty()
                        ? Optional.empty()
                        : Optional.of(absolute(object, "criImageService", runtime.replaceFirst("^unix://", ""))));
    }

    private static Path absolute(ConfigObject object, String key, String path) {
        if (!path.startsWith("/")) {
            object.problem(key, "an absolute path is needed");
        }
        return Path.of(path);
    }

    private static String usualDockerConfig() {
        return DockerConfigFile.usualPath(System.getenv()).toAbsolutePath().toString();
    }

    /** All of them, the best first. */
    CredentialSource chain(PulledCredentials pulled) {
        List<CredentialSource> sources = new ArrayList<>(List.of(pulled.recent(), new DockerConfigFile(dockerConfig)));
        kubelet.ifPresent(kubelet ->
                sources.add(new KubeletProviders(kubelet.config(), kubelet.programs(), InstantSource.system())));
        sources.add(pulled.all());
        return new CredentialChain(sources);
    }
}
