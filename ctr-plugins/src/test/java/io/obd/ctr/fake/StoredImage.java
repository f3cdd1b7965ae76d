package io.obd.ctr.fake;

import com.google.protobuf.ByteString;
import io.obd.containerd.images.v1.Image;
import io.obd.ctr.client.Descriptors;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import io.obd.registry.Manifest;
import io.obd.registry.MediaTypes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** Images in a {@link FakeContainerd}. */
public record StoredImage(FakeContainerd containerd) {

    /** A blob of the content store. */
    public Descriptor blob(String mediaType, byte[] bytes) {
        Descriptor blob = Descriptor.of(mediaType, bytes);
        containerd.content.blobs.put(blob.digest().toString(), ByteString.copyFrom(bytes));
        containerd.content.labels.put(blob.digest().toString(), new HashMap<>());
        return blob;
    }

    /** An OCI image of these layers. */
    public Descriptor put(String name, List<Descriptor> layers, List<Digest> diffIds) {
        String ids = diffIds.stream().map(id -> "\"" + id + "\"").collect(Collectors.joining(","));
        String config = "{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{\"Cmd\":[\"/bin/sh\"]},"
                + "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[" + ids + "]},\"history\":[{\"created_by\":\"ADD\"}]}";
        Descriptor configBlob = blob(MediaTypes.OCI_CONFIG, config.getBytes(StandardCharsets.UTF_8));
        Descriptor manifest = blob(
                MediaTypes.OCI_MANIFEST,
                Manifest.of(MediaTypes.OCI_MANIFEST, configBlob, layers).toJson());
        containerd.images.byName.put(
                name,
                Image.newBuilder()
                        .setName(name)
                        .setTarget(Descriptors.of(manifest))
                        .build());
        return manifest;
    }

    /** The bytes of a blob. */
    public byte[] bytes(String digest) {
        return Objects.requireNonNull(containerd.content.blobs.get(digest), digest)
                .toByteArray();
    }

    /** Digest of what a name stands for. */
    public String target(String name) {
        return Objects.requireNonNull(containerd.images.byName.get(name), name)
                .getTarget()
                .getDigest();
    }

    /** The manifest that a name stands for. */
    public Manifest manifest(String name) throws IOException {
        return Manifest.parse(bytes(target(name)));
    }
}
