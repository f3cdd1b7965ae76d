package io.obd.registry;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A reference to a blob or document: what it is, its digest, its length.
 *
 * @param size length in bytes
 * @param urls other places it can be had from
 * @param annotations sorted by key
 * @param data the content itself in base64, null if it is not embedded
 * @param platform what a manifest of an index runs on, null if not given
 * @param artifactType null if not given
 */
@JsonPropertyOrder({"mediaType", "digest", "size", "urls", "annotations", "data", "platform", "artifactType"})
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Descriptor(
        @JsonInclude String mediaType,
        @JsonProperty(required = true) Digest digest,
        @JsonProperty(required = true) long size,
        List<String> urls,
        Map<String, String> annotations,
        @Nullable String data,
        @Nullable Platform platform,
        @Nullable String artifactType) {

    /**
     * @throws IllegalArgumentException if there is no digest or the size is negative
     */
    public Descriptor {
        mediaType = OciJson.orEmpty(mediaType);
        if (digest == null) {
            throw new IllegalArgumentException("a descriptor without a digest");
        }
        if (size < 0) {
            throw new IllegalArgumentException("a descriptor of " + size + " bytes: " + digest);
        }
        urls = OciJson.orEmpty(urls);
        annotations = OciJson.sorted(annotations);
    }

    /** A descriptor of the three things every one has. */
    public static Descriptor of(String mediaType, Digest digest, long size) {
        return new Descriptor(mediaType, digest, size, List.of(), Map.of(), null, null, null);
    }

    /** The descriptor of these bytes, by SHA-256. */
    public static Descriptor of(String mediaType, byte[] content) {
        return of(mediaType, Digest.sha256(content), content.length);
    }

    /** The same with other annotations. */
    public Descriptor withAnnotations(Map<String, String> newAnnotations) {
        return new Descriptor(mediaType, digest, size, urls, newAnnotations, data, platform, artifactType);
    }

    /** The same place in an index for another document: annotations, platform and all else stay. */
    public Descriptor withContent(String newMediaType, Digest newDigest, long newSize) {
        return new Descriptor(newMediaType, newDigest, newSize, urls, annotations, null, platform, artifactType);
    }

    /** The same with the artifact type that the document names. */
    public Descriptor withArtifactType(String newArtifactType) {
        return new Descriptor(mediaType, digest, size, urls, annotations, data, platform, newArtifactType);
    }
}
