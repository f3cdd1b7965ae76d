package io.obd.registry;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Credentials in the format of docker's {@code config.json}: {@code auths} by host or {@code host/repository}, each
 * with {@code auth} or {@code username} and {@code password}, or an {@code identitytoken}. The longest key that is the
 * repository or one of its parents counts. A registry that {@code credHelpers} names, and every other one if there is a
 * {@code credsStore}, is looked up by that helper first. The file is read again when it has changed; a missing one holds
 * nothing.
 */
public final class DockerConfigFile implements CredentialSource {
    private final Path path;
    private final CredentialHelpers helpers;
    private volatile @Nullable Snapshot snapshot;

    /** The file as it was at some time. */
    private record Snapshot(
            FileTime modified, long size, @Nullable Object fileKey, DockerConfig config) {}

    /** Credentials in this file, which need not exist yet. */
    public DockerConfigFile(Path path) {
        this(path, new CredentialHelpers("docker-credential-"));
    }

    DockerConfigFile(Path path, CredentialHelpers helpers) {
        this.path = path;
        this.helpers = helpers;
    }

    /** Where docker keeps it for the user that this process runs as, by the process's environment. */
    public static Path usualPath(Map<String, String> environment) {
        String directory = environment.getOrDefault("DOCKER_CONFIG", "");
        Path docker = directory.isEmpty() ? home(environment).resolve(".docker") : Path.of(directory);
        return docker.resolve("config.json");
    }

    private static Path home(Map<String, String> environment) {
        String home = environment.getOrDefault("HOME", "");
        return Path.of(home.isEmpty() ? System.getProperty("user.home") : home);
    }

    @Override
    public Optional<Credentials> find(String host, String repository) throws IOException {
        DockerConfig config = config();
        Optional<String> helper = config.helper(host);
        if (helper.isPresent()) {
            Optional<Credentials> found = helpers.ask(helper.get(), host);
            if (found.isPresent()) {
                return found;
            }
        }
        return config.find(host, repository);
    }

    @Override
    public void forget(String host, String repository, Optional<Credentials> refused) {
        Snapshot last = snapshot;
        if (last != null) {
            last.config().helper(host).ifPresent(helper -> helpers.forget(helper, host, refused));
        }
    }

    @Override
    public String name() {
        return path.toString();
    }

    private DockerConfig config() throws IOException {
        BasicFileAttributes attributes;
        try {
            attributes = Files.readAttributes(path, BasicFileAttributes.class);
        } catch (NoSuchFileException e) {
            return DockerConfig.EMPTY;
        }
        if (attributes.isDirectory()) {
            throw new IOException(path + ": is a directory");
        }
        Snapshot last = snapshot;
        if (last != null
                && last.modified().equals(attributes.lastModifiedTime())
                && last.size() == attributes.size()
                && Objects.equals(last.fileKey(), attributes.fileKey())) {
            return last.config();
        }
        DockerConfig config = new DockerConfigParser(path.toString()).parse(Files.readAllBytes(path));
        snapshot = new Snapshot(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey(), config);
        return config;
    }
}
