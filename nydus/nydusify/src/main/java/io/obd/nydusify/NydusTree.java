package io.obd.nydusify;

import io.obd.convert.ConversionTarget;
import io.obd.convert.ConvertedLayer;
import io.obd.convert.NydusMarks;
import io.obd.convert.TreeTarget;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import io.obd.registry.Index;
import io.obd.registry.Manifest;
import io.obd.registry.MediaTypes;
import io.obd.registry.Platform;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Where a tree of nydus images goes. An index of a single image becomes that image. With the ordinary images beside them
 * an index has those first.
 */
final class NydusTree implements TreeTarget {
    private final TreeTarget target;
    private final Map<Digest, byte[]> manifests = new ConcurrentHashMap<>();
    private final Map<Digest, Descriptor> ordinary = new ConcurrentHashMap<>();

    NydusTree(TreeTarget target) {
        this.target = target;
    }

    @Override
    public ConversionTarget image(boolean top) throws IOException {
        ConversionTarget image = target.image(top);
        return new ConversionTarget() {
            @Override
            public boolean put(ConvertedLayer layer, LongConsumer sent) throws IOException {
                return image.put(layer, sent);
            }

            @Override
            public Descriptor putConfig(String mediaType, byte[] json) throws IOException {
                return image.putConfig(mediaType, json);
            }

            @Override
            public Descriptor putManifest(Manifest manifest) throws IOException {
                Descriptor put = image.putManifest(manifest);
                manifests.put(put.digest(), manifest.toJson());
                return put;
            }
        };
    }

    /** From now on an ordinary image stands before this nydus image. */
    void putBefore(Descriptor nydus, Descriptor ordinaryImage) {
        ordinary.put(nydus.digest(), ordinaryImage);
    }

    /** Puts an index there of one nydus image and the ordinary one before it. */
    Descriptor putPair(Descriptor nydus, Platform platform) throws IOException {
        Descriptor entry = new Descriptor(
                nydus.mediaType(), nydus.digest(), nydus.size(), List.of(), Map.of(), null, platform, null);
        return putIndex(new Index(2, MediaTypes.OCI_INDEX, null, List.of(entry), null, Map.of()), true);
    }

    @Override
    public Descriptor putIndex(Index index, boolean top) throws IOException {
        List<Descriptor> entries = new ArrayList<>();
        List<Descriptor> nydus = new ArrayList<>();
        for (Descriptor entry : index.manifests()) {
            Descriptor before = ordinary.get(entry.digest());
            if (before != null) {
                entries.add(withPlatform(before, entry.platform()));
            }
            nydus.add(entry.withArtifactType(NydusMarks.ARTIFACT_TYPE));
        }
        entries.addAll(nydus);
        if (entries.size() == 1) {
            Descriptor only = entries.getFirst();
            byte[] manifest = Objects.requireNonNull(manifests.get(only.digest()), "manifest of the only image");
            return target.putAsIs(Descriptor.of(only.mediaType(), manifest), manifest, top);
        }
        return target.putIndex(index.withManifests(index.mediaType(), entries), top);
    }

    private static Descriptor withPlatform(Descriptor entry, @Nullable Platform platform) {
        return new Descriptor(
                entry.mediaType(),
                entry.digest(),
                entry.size(),
                entry.urls(),
                entry.annotations(),
                null,
                platform == null ? entry.platform() : platform,
                null);
    }

    @Override
    public Descriptor putAsIs(Descriptor document, byte[] json, boolean top) throws IOException {
        return target.putAsIs(document, json, top);
    }
}
