package io.obd.registry;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An image index or Docker manifest list: manifests of the same image for several platforms.
 *
 * @param schemaVersion always 2
 * @param mediaType empty in old OCI indexes
 * @param artifactType null if not given
 * @param manifests in the order of preference
 * @param subject what this refers to, null if nothing
 * @param annotations sorted by key
 */
@JsonPropertyOrder({"schemaVersion", "mediaType", "artifactType", "manifests", "subject", "annotations"})
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Index(
        int schemaVersion,
        String mediaType,
        @Nullable String artifactType,
        @JsonInclude List<Descriptor> manifests,
        @Nullable Descriptor subject,
        Map<String, String> annotations) {
    private static final String REFERENCE_TYPE = "vnd.docker.reference.type";

    /**
     * @throws IllegalArgumentException if the schema version is not 2
     */
    public Index {
        if (schemaVersion != 2) {
            throw new IllegalArgumentException("an index of schema version " + schemaVersion + " (2 is supported)");
        }
        mediaType = OciJson.orEmpty(mediaType);
        manifests = OciJson.orEmpty(manifests);
        annotations = OciJson.sorted(annotations);
    }

    /**
     * Reads an index or manifest list.
     *
     * @throws IOException if the bytes are not one
     */
    public static Index parse(byte[] json) throws IOException {
        return OciJson.read(json, Index.class, "the image index");
    }

    /** Whether an entry describes how an image was built, and is none itself. */
    public static boolean isAttestation(Descriptor entry) {
        return "attestation-manifest".equals(entry.annotations().get(REFERENCE_TYPE));
    }

    /** The first entry that runs on the platform. An entry that names no platform is taken when no other fits. */
    public Optional<Descriptor> choose(Platform platform) {
        Optional<Descriptor> fitting = manifests.stream()
                .filter(entry -> !isAttestation(entry))
                .filter(entry -> entry.platform() != null && platform.runs(entry.platform()))
                .findFirst();
        return fitting.isPresent()
                ? fitting
                : manifests.stream()
                        .filter(entry -> !isAttestation(entry) && entry.platform() == null)
                        .findFirst();
    }

    /** The same with other entries, as a document of this media type. */
    public Index withManifests(String newMediaType, List<Descriptor> newManifests) {
        return new Index(schemaVersion, newMediaType, artifactType, newManifests, subject, annotations);
    }

    /** The same about another subject. */
    public Index withSubject(String newArtifactType, Descriptor newSubject) {
        return new Index(schemaVersion, mediaType, newArtifactType, manifests, newSubject, annotations);
    }

    /** The bytes to push. */
    public byte[] toJson() {
        return OciJson.write(this);
    }
}
