package io.obd.convertor;

import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import io.obd.registry.Index;
import io.obd.registry.Manifest;
import io.obd.registry.MediaTypes;
import io.obd.registry.Platform;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Puts small images into a fake registry. */
final class SourceImages {
    private SourceImages() {}

    /** A layer of these files, by path. */
    static byte[] tar(Map<String, String> files) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
            for (Map.Entry<String, String> file : files.entrySet()) {
                byte[] content = file.getValue().getBytes(StandardCharsets.UTF_8);
                TarArchiveEntry entry = new TarArchiveEntry(file.getKey());
                entry.setModTime(1_700_000_000_000L);
                entry.setSize(content.length);
                tar.putArchiveEntry(entry);
                tar.write(content);
                tar.closeArchiveEntry();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    static byte[] gzip(byte[] bytes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    /** An OCI image of these layers under a tag. */
    static Descriptor push(FakeRegistry registry, String tag, List<byte[]> tars, boolean compressed) {
        List<Digest> diffIds = tars.stream().map(Digest::sha256).toList();
        return push(registry, tag, tars, diffIds, compressed);
    }

    /** The same with diff ids that need not be right. */
    static Descriptor push(
            FakeRegistry registry, String tag, List<byte[]> tars, List<Digest> diffIds, boolean compressed) {
        List<Descriptor> layers = new ArrayList<>();
        for (byte[] tar : tars) {
            layers.add(
                    compressed
                            ? registry.addBlob(MediaTypes.OCI_LAYER_GZIP, gzip(tar))
                            : registry.addBlob(MediaTypes.OCI_LAYER, tar));
        }
        String config = "{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{\"Cmd\":[\"/bin/sh\"]},"
                + "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":["
                + diffIds.stream().map(id -> "\"" + id + "\"").collect(Collectors.joining(",")) + "]}}";
        Descriptor configBlob = registry.addBlob(MediaTypes.OCI_CONFIG, config.getBytes(StandardCharsets.UTF_8));
        Manifest manifest = Manifest.of(MediaTypes.OCI_MANIFEST, configBlob, layers);
        return registry.addDocument(tag, MediaTypes.OCI_MANIFEST, manifest.toJson());
    }

    /** An index with an attestation, an image of another platform, and this one. */
    static Descriptor pushIndex(FakeRegistry registry, String tag, Descriptor image, Descriptor other) {
        Platform host = Platform.host();
        Descriptor attestation = withPlatform(image, Platform.of(host.os(), host.architecture(), host.variant()))
                .withAnnotations(Map.of("vnd.docker.reference.type", "attestation-manifest"));
        Index index = new Index(
                2,
                MediaTypes.OCI_INDEX,
                null,
                List.of(
                        attestation.withContent(MediaTypes.OCI_MANIFEST, Digest.sha256(new byte[0]), 0),
                        withPlatform(other, Platform.of("linux", "s390x", null)),
                        withPlatform(image, host)),
                null,
                Map.of());
        return registry.addDocument(tag, MediaTypes.OCI_INDEX, index.toJson());
    }

    private static Descriptor withPlatform(Descriptor image, Platform platform) {
        return new Descriptor(
                image.mediaType(), image.digest(), image.size(), List.of(), Map.of(), null, platform, null);
    }
}
