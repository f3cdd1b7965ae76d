package io.obd.convert.files;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.obd.block.StreamCompression;
import io.obd.convert.ConversionException;
import io.obd.convert.ConversionSource;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import io.obd.registry.ImageConfiguration;
import io.obd.registry.Manifest;
import io.obd.registry.MediaTypes;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The images of an archive that {@code docker save} made. Its {@code manifest.json} lists for each image the files of the
 * config and of the layers, but no digests: a manifest is made of them.
 */
public final class DockerArchiveSource implements ConversionSource, Closeable {
    static final String MANIFEST = "manifest.json";
    static final String CONFIG = "Config";
    static final String TAGS = "RepoTags";
    static final String LAYERS = "Layers";

    private static final ObjectMapper JSON = new ObjectMapper();

    private final NamedFiles files;
    private final Map<Digest, byte[]> documents = new ConcurrentHashMap<>();
    private final Map<Digest, String> layers = new ConcurrentHashMap<>();

    private DockerArchiveSource(NamedFiles files) {
        this.files = files;
    }

    /** @param archive a tar that is not compressed */
    public static DockerArchiveSource open(Path archive) throws IOException {
        return new DockerArchiveSource(ArchiveFiles.open(archive));
    }

    /** @param reference {@code name:tag}, or the tag alone; empty for the only image that is there */
    @Override
    public Descriptor resolve(String reference) throws IOException {
        JsonNode images = list();
        List<JsonNode> found = new ArrayList<>();
        List<String> tags = new ArrayList<>();
        for (JsonNode image : images) {
            boolean isCalled = reference.isEmpty();
            for (JsonNode tag : image.path(TAGS)) {
                tags.add(tag.asText());
                isCalled |= tag.asText().equals(reference) || tag.asText().endsWith(":" + reference);
            }
            if (isCalled) {
                found.add(image);
            }
        }
        if (found.size() != 1) {
            String wanted = reference.isEmpty() ? "a single image" : "one image called " + reference;
            throw new ConversionException(
                    files.place(MANIFEST) + " lists " + images.size() + " images, not " + wanted + ": " + tags);
        }
        return manifest(found.getFirst());
    }

    private JsonNode list() throws IOException {
        try {
            JsonNode list = JSON.readTree(files.read(MANIFEST));
            if (list != null && list.isArray()) {
                return list;
            }
            throw new ConversionException(files.place(MANIFEST) + " is no list of images");
        } catch (JsonProcessingException e) {
            throw new ConversionException(files.place(MANIFEST) + ": " + e.getOriginalMessage(), e);
        }
    }

    private Descriptor manifest(JsonNode image) throws IOException {
        String configFile = image.path(CONFIG).asText();
        byte[] config = files.read(configFile);
        List<Digest> diffIds;
        try {
            diffIds = ImageConfiguration.parse(config).diffIds();
        } catch (IOException e) {
            throw new ConversionException(files.place(configFile) + ": " + e.getMessage(), e);
        }
        List<Descriptor> blobs = new ArrayList<>();
        for (JsonNode file : image.path(LAYERS)) {
            Digest diffId = blobs.size() < diffIds.size() ? diffIds.get(blobs.size()) : null;
            blobs.add(layer(file.asText(), diffId));
        }
        Manifest manifest = Manifest.of(MediaTypes.DOCKER_MANIFEST, keep(MediaTypes.DOCKER_CONFIG, config), blobs);
        return keep(MediaTypes.DOCKER_MANIFEST, manifest.toJson());
    }

    private Descriptor keep(String mediaType, byte[] document) {
        Descriptor descriptor = Descriptor.of(mediaType, document);
        documents.put(descriptor.digest(), document);
        return descriptor;
    }

    private Descriptor layer(String file, @Nullable Digest diffId) throws IOException {
        long size = files.size(file);
        boolean plain;
        try (InputStream in = files.open(file)) {
            plain = StreamCompression.of(in.readNBytes(StreamCompression.MAGIC)) == StreamCompression.NONE;
        }
        // What is not compressed has the digest that the config says, or else is found to be damaged when it is read.
        Digest digest = plain && diffId != null ? diffId : digest(file);
        layers.put(digest, file);
        return Descriptor.of(plain ? MediaTypes.DOCKER_LAYER : MediaTypes.DOCKER_LAYER_GZIP, digest, size);
    }

    private Digest digest(String file) throws IOException {
        try (InputStream in = files.open(file)) {
            return Digest.sha256(in);
        }
    }

    @Override
    public byte[] document(Descriptor document) throws IOException {
        byte[] known = documents.get(document.digest());
        if (known == null) {
            throw new ConversionException(files.place(MANIFEST) + " does not lead to " + document.digest());
        }
        return known.clone();
    }

    @Override
    public InputStream open(Descriptor blob) throws IOException {
        String file = layers.get(blob.digest());
        if (file == null) {
            throw new ConversionException(files.place(MANIFEST) + " does not lead to " + blob.digest());
        }
        return new CheckedStream(files.open(file), blob, files.place(file));
    }

    @Override
    public void close() throws IOException {
        files.close();
    }
}
