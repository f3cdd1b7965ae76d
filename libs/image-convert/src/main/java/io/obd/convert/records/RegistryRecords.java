package io.obd.convert.records;

import io.obd.convert.Blob;
import io.obd.convert.FinishedWork;
import io.obd.convert.SourceLayer;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import io.obd.registry.ImageReference;
import io.obd.registry.Manifest;
import io.obd.registry.RegistryException;
import io.obd.registry.Repository;
import java.io.IOException;
import java.io.InputStream;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is known of a repository from a database. What the database says is true only if the registry has it: rows for what
 * is gone are dropped. What another repository of the registry has is mounted into this one. A database that fails costs
 * time, and never the conversion; what it says wrongly is found out and forgotten.
 */
public final class RegistryRecords implements FinishedWork {
    private static final Logger LOG = LoggerFactory.getLogger(RegistryRecords.class);

    private final ConversionDatabase database;
    private final Repository repository;
    private final String host;
    private final String layers;
    private final String manifests;
    private final String mark;

    /**
     * @param target names the repository
     * @param layers what tells layers of the same source apart: the tool, its version, its settings
     * @param manifests the same for manifests
     * @param mark annotation of each layer of a result
     */
    public RegistryRecords(
            ConversionDatabase database,
            Repository repository,
            ImageReference target,
            String layers,
            String manifests,
            String mark) {
        this.database = database;
        this.repository = repository;
        this.host = target.host();
        this.layers = layers;
        this.manifests = manifests;
        this.mark = mark;
    }

    @Override
    public Optional<Blob> layer(SourceLayer layer) throws IOException {
        String key = key(layer.chainId(), layers);
        List<LayerRow> elsewhere = new ArrayList<>();
        for (LayerRow row : ask(() -> database.layers(host, key))) {
            if (!row.repository().equals(repository.name())) {
                elsewhere.add(row);
            } else if (exists(row.blob())) {
                return Optional.of(row.blob());
            } else {
                tell(() -> database.remove(row, key));
            }
        }
        for (LayerRow row : elsewhere) {
            if (mount(row.blob().digest(), row.repository()) && exists(row.blob())) {
                tell(() -> database.put(new LayerRow(host, repository.name(), row.blob()), key));
                return Optional.of(row.blob());
            }
        }
        return Optional.empty();
    }

    private boolean exists(Blob blob) throws IOException {
        return repository.exists(blob.digest(), blob.size());
    }

    @Override
    public void addLayer(SourceLayer layer, Descriptor result) {
        LayerRow row = new LayerRow(host, repository.name(), new Blob(result.digest(), result.size()));
        tell(() -> database.put(row, key(layer.chainId(), layers)));
    }

    @Override
    public InputStream open(Descriptor layer) throws IOException {
        return repository.pull(layer);
    }

    @Override
    public Optional<byte[]> manifest(Descriptor source, String mediaType) throws IOException {
        String key = key(source.digest(), manifests);
        for (ManifestRow row : ask(() -> database.manifests(host, key, mediaType))) {
            if (!row.repository().equals(repository.name())) {
                // Its layers are found one by one, and the manifest is made anew of them: the result is the same.
                continue;
            }
            try {
                Optional<byte[]> document = complete(Descriptor.of(mediaType, row.digest(), row.size()));
                if (document.isPresent()) {
                    return document;
                }
                tell(() -> database.remove(row, key, mediaType));
            } catch (RegistryException e) {
                // It may be there the next time.
                LOG.warn("the manifest {} is not used again: {}", row.digest(), e.getMessage());
            }
        }
        return Optional.empty();
    }

    /**
     * A manifest of a result, if it and all it names are in the repository.
     *
     * @throws RegistryException if that cannot be told now
     */
    private Optional<byte[]> complete(Descriptor manifest) throws IOException {
        byte[] document;
        try {
            document = repository.fetchDocument(manifest);
        } catch (RegistryException.NotFound
                | RegistryException.Truncated
                | RegistryException.Protocol
                | RegistryException.DigestMismatch e) {
            LOG.debug("the database {} is wrong: {}", database, e.getMessage());
            return Optional.empty();
        }
        Manifest parsed;
        try {
            parsed = Manifest.parse(document);
        } catch (IOException e) {
            LOG.debug("the database {} is wrong: {}: {}", database, manifest.digest(), e.getMessage());
            return Optional.empty();
        }
        if (!parsed.mediaType().equals(manifest.mediaType())
                || !repository.exists(parsed.config().digest())) {
            return Optional.empty();
        }
        for (Descriptor layer : parsed.layers()) {
            if (!layer.annotations().containsKey(mark) || !repository.exists(layer.digest(), layer.size())) {
                return Optional.empty();
            }
        }
        return Optional.of(document);
    }

    @Override
    public void addManifest(Descriptor source, Descriptor result) {
        ManifestRow row = new ManifestRow(host, repository.name(), result.digest(), result.size());
        tell(() -> database.put(row, key(source.digest(), manifests), result.mediaType()));
    }

    private boolean mount(Digest blob, String from) throws IOException {
        try {
            return repository.mount(blob, from);
        } catch (RegistryException e) {
            // Converting the layer needs no mount, and registries refuse one in many ways.
            LOG.debug("{} is not mounted from {}: {}", blob, from, e.getMessage());
            return false;
        }
    }

    /** The column of the original with what it lacks: its own rows do not fit, nor ours for it. */
    private static String key(Digest digest, String kind) {
        return digest + "@" + kind;
    }

    private <T> List<T> ask(Query<T> query) {
        try {
            return query.run();
        } catch (SQLException e) {
            LOG.warn("the database {} is not used: {}", database, e.getMessage());
            return List.of();
        }
    }

    private void tell(Change change) {
        try {
            change.run();
        } catch (SQLException e) {
            LOG.warn("the database {} was not changed: {}", database, e.getMessage());
        }
    }

    private interface Query<T> {
        List<T> run() throws SQLException;
    }

    private interface Change {
        void run() throws SQLException;
    }
}
