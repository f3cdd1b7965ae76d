package io.obd.convertor;

import io.obd.registry.CredentialSource;
import io.obd.registry.DockerConfigFile;
import java.nio.file.Path;

/** Where docker keeps the credentials of the user who runs the command. */
final class DockerConfig {
    private DockerConfig() {}

    static CredentialSource ofUser() {
        String directory = System.getenv("DOCKER_CONFIG");
        Path home = directory == null || directory.isEmpty()
                ? Path.of(System.getProperty("user.home"), ".docker")
                : Path.of(directory);
        return new DockerConfigFile(home.resolve("config.json"));
    }
}
