package io.obd.nydusify;

import io.obd.convert.Blob;
import io.obd.convert.FinishedWork;
import io.obd.convert.SourceLayer;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.RafsVersion;
import io.obd.rafs.data.BlobFormat;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import io.obd.registry.ImageConfiguration;
import io.obd.registry.ImageReference;
import io.obd.registry.Manifest;
import io.obd.registry.MediaTypes;
import io.obd.registry.RegistryException;
import io.obd.registry.Repository;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * An image that nobody runs: its layers are blobs that conversions made, each with the chain id of the layer that it was
 * made of. A layer that is in it is not built again.
 */
final class BuildCache implements FinishedWork {
    private final Repository repository;
    private final ImageReference name;
    private final Limits limits;
    private final Fit fit;
    private final Brought brought;
    private final Logger log;
    private final List<Descriptor> records;
    private final Map<Integer, Descriptor> added = new ConcurrentHashMap<>();

    /**
     * What is kept.
     *
     * @param version of the records; those of another one are dropped
     * @param mostRecords the oldest ones make room for others
     */
    record Limits(String version, int mostRecords) {}

    /**
     * Which blobs can become part of the image.
     *
     * @param blobs form of blobs that are built
     * @param refers whether they refer to the layers of the source
     * @param dictionary whose blobs they may use, or null
     */
    record Fit(BlobFormat blobs, boolean refers, @Nullable Dictionary dictionary) {

        /** A record may use no blob that the image will not have. */
        boolean allows(String own, Bootstrap record) {
            return record.version() == blobs.image().version()
                    && record.chunkSize() == blobs.image().chunkSize()
                    && (refers || record.flags().compressor() == blobs.image().compressor())
                    && record.blobs().stream()
                            .allMatch(blob -> blob.id().equals(own) ? isLikeOurs(blob) : isShared(blob));
        }

        /** What bootstraps do not say of the form of a blob; empty for a plain one. */
        String form() {
            if (refers) {
                return "";
            }
            if (blobs.batchSize() > 0) {
                return "batch-size=" + blobs.batchSize();
            }
            return blobs.aligned() && blobs.image().version() == RafsVersion.V5 ? "aligned" : "";
        }

        private boolean isLikeOurs(BlobInfo blob) {
            return refers || blob.features().hasBatches() == (blobs.batchSize() > 0);
        }

        private boolean isShared(BlobInfo blob) {
            return dictionary != null && dictionary.has(blob.id());
        }
    }

    /** Brings blobs from one repository to another. */
    interface Brought {
        /** Returns when the blob is where it is wanted. */
        void bring(Repository from, Repository to, Descriptor blob) throws IOException;
    }

    /** The repository that layers are wanted in. */
    private final Repository target;

    private BuildCache(
            Repository repository,
            ImageReference name,
            Repository target,
            Limits limits,
            Fit fit,
            Brought brought,
            List<Descriptor> records,
            Logger log) {
        this.repository = repository;
        this.name = name;
        this.target = target;
        this.limits = limits;
        this.fit = fit;
        this.brought = brought;
        this.records = List.copyOf(records);
        this.log = log;
    }

    /** Reads the records; there are none if the image is not there or has another version. */
    static BuildCache open(
            Repository repository,
            ImageReference name,
            Repository target,
            Limits limits,
            Fit fit,
            Brought brought,
            Logger log)
            throws IOException {
        List<Descriptor> records = List.of();
        try {
            Manifest manifest = Manifest.parse(repository.fetchDocument(repository.resolve(name.target())));
            String version = manifest.annotations().getOrDefault(NydusFormat.CACHE, "");
            if (version.equals(limits.version())) {
                records = manifest.layers();
            } else {
                log.warn("the build cache {} has version \"{}\": its records are dropped", name, version);
            }
        } catch (RegistryException.NotFound none) {
            log.info("the build cache {} is not there yet", name);
        }
        return new BuildCache(repository, name, target, limits, fit, brought, records, log);
    }

    @Override
    public Optional<Blob> layer(SourceLayer layer) throws IOException {
        for (Descriptor record : records) {
            Map<String, String> annotations = record.annotations();
            if (annotations.containsKey(NydusFormat.BLOB)
                    && layer.chainId().toString().equals(annotations.get(NydusFormat.SOURCE_CHAIN_ID))
                    && Objects.equals(annotations.get(NydusFormat.REFERENCE), reference(layer))
                    && annotations.getOrDefault(NydusFormat.BLOB_FORM, "").equals(fit.form())
                    && fits(layer, record)) {
                brought.bring(repository, target, record);
                return Optional.of(new Blob(record.digest(), record.size()));
            }
        }
        return Optional.empty();
    }

    /** What a record of a layer has to refer to, or null. */
    private @Nullable String reference(SourceLayer layer) {
        return fit.refers() ? layer.blob().digest().toString() : null;
    }

    private boolean fits(SourceLayer layer, Descriptor record) throws IOException {
        String own = (fit.refers() ? layer.blob().digest() : record.digest()).hex();
        try {
            Bootstrap bootstrap = Bootstrap.load(
                    RemoteReader.open(repository.blob(record.digest())),
                    record.digest().hex());
            return fit.allows(own, bootstrap);
        } catch (RegistryException.NotFound gone) {
            log.warn("the build cache {} lacks its blob {}", name, record.digest());
            return false;
        }
    }

    @Override
    public void addLayer(SourceLayer layer, Descriptor result) {
        Map<String, String> annotations = new TreeMap<>(result.annotations());
        annotations.put(NydusFormat.SOURCE_CHAIN_ID, layer.chainId().toString());
        if (!fit.form().isEmpty()) {
            annotations.put(NydusFormat.BLOB_FORM, fit.form());
        }
        added.put(layer.index(), result.withAnnotations(annotations));
    }

    @Override
    public InputStream open(Descriptor layer) throws IOException {
        return target.pull(layer);
    }

    @Override
    public Optional<byte[]> manifest(Descriptor source, String mediaType) {
        return Optional.empty();
    }

    @Override
    public void addManifest(Descriptor source, Descriptor result) {}

    /** Puts the records there, those of this conversion first. */
    void push() throws IOException {
        if (added.isEmpty()) {
            log.info("the build cache {} has all layers already", name);
            return;
        }
        Map<Digest, Descriptor> all = new LinkedHashMap<>();
        for (Descriptor record : new TreeMap<>(added).values()) {
            brought.bring(target, repository, record);
            all.put(record.digest(), record);
        }
        records.forEach(record -> all.putIfAbsent(record.digest(), record));
        List<Descriptor> kept = new ArrayList<>(all.values()).subList(0, Math.min(limits.mostRecords(), all.size()));
        ImageConfiguration config = ImageConfiguration.parse(
                        "{\"architecture\":\"\",\"os\":\"\"}".getBytes(StandardCharsets.UTF_8))
                .withDiffIds(kept.stream().map(Descriptor::digest).toList());
        Descriptor pushed = repository.push(MediaTypes.OCI_CONFIG, config.toJson());
        Manifest manifest = Manifest.of(MediaTypes.OCI_MANIFEST, pushed, kept)
                .withAnnotations(Map.of(NydusFormat.CACHE, limits.version()));
        repository.pushDocument(name.target(), manifest.mediaType(), manifest.toJson());
        log.info("pushed the build cache {}: {} records", name, kept.size());
    }
}
