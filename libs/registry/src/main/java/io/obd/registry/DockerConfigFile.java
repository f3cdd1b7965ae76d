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
 * repository or one of its parents counts. The file is read again when it has changed; a missing one holds nothing.
 */
public final class DockerConfigFile implements CredentialSource {
    private final Path path;
    private volatile @Nullable Snapshot snapshot;

    /** The file as it was at some time. */
    private record Snapshot(
            FileTime modified, long size, @Nullable Object fileKey, Map<String, Credentials> auths) {}

    /** Credentials in this file, which need not exist yet. */
    public DockerConfigFile(Path path) {
        this.path = path;
    }

    @Override
    public Optional<Credentials> find(String host, String repository) throws IOException {
        Map<String, Credentials> auths = auths();
        String key = host + "/" + repository;
        while (true) {
            Credentials found = auths.get(key);
            int slash = key.lastIndexOf('/');
            if (found != null || slash < 0) {
                return Optional.ofNullable(found);
            }
            key = key.substring(0, slash);
        }
    }

    @Override
    public String name() {
        return path.toString();
    }

    private Map<String, Credentials> auths() throws IOException {
        BasicFileAttributes attributes;
        try {
            attributes = Files.readAttributes(path, BasicFileAttributes.class);
        } catch (NoSuchFileException e) {
            return Map.of();
        }
        Snapshot last = snapshot;
        if (last != null
                && last.modified().equals(attributes.lastModifiedTime())
                && last.size() == attributes.size()
                && Objects.equals(last.fileKey(), attributes.fileKey())) {
            return last.auths();
        }
        Map<String, Credentials> auths = new DockerConfigParser(path).parse(Files.readAllBytes(path));
        snapshot = new Snapshot(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey(), auths);
        return auths;
    }
}
