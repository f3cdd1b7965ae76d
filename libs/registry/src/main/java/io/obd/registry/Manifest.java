package io.obd.registry;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The manifest of one image, OCI or Docker schema 2.
 *
 * @param schemaVersion always 2
 * @param mediaType empty in old OCI manifests
 * @param artifactType null if not given
 * @param config the image's configuration
 * @param layers bottom to top
 * @param subject what this refers to, null if nothing
 * @param annotations sorted by key
 */
@JsonPropertyOrder({"schemaVersion", "mediaType", "artifactType", "config", "layers", "subject", "annotations"})
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Manifest(
        int schemaVersion,
        String mediaType,
        @Nullable String artifactType,
        @JsonProperty(required = true) Descriptor config,
        @JsonInclude List<Descriptor> layers,
        @Nullable Descriptor subject,
        Map<String, String> annotations) {

    /**
     * @throws IllegalArgumentException if the schema version is not 2 or there is no config
     */
    public Manifest {
        if (schemaVersion != 2) {
            throw new IllegalArgumentException("a manifest of schema version " + schemaVersion + " (2 is supported)");
        }
        if (config == null) {
            throw new IllegalArgumentException("a manifest without a config");
        }
        mediaType = OciJson.orEmpty(mediaType);
        layers = OciJson.orEmpty(layers);
        annotations = OciJson.sorted(annotations);
    }

    /** A manifest of a config and its layers. */
    public static Manifest of(String mediaType, Descriptor config, List<Descriptor> layers) {
        return new Manifest(2, mediaType, null, config, layers, null, Map.of());
    }

    /**
     * Reads a manifest.
     *
     * @throws IOException if the bytes are not one
     */
    public static Manifest parse(byte[] json) throws IOException {
        return OciJson.read(json, Manifest.class, "the image manifest");
    }

    /** The same about another subject. */
    public Manifest withSubject(String newArtifactType, Descriptor newSubject) {
        return new Manifest(schemaVersion, mediaType, newArtifactType, config, layers, newSubject, annotations);
    }

    /** The same with other annotations. */
    public Manifest withAnnotations(Map<String, String> newAnnotations) {
        return new Manifest(schemaVersion, mediaType, artifactType, config, layers, subject, newAnnotations);
    }

    /** The bytes to push. */
    public byte[] toJson() {
        return OciJson.write(this);
    }
}
