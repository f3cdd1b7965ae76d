package io.obd.nydussnapshotter;

import io.obd.snapshots.Claim;
import io.obd.snapshots.Kind;
import io.obd.snapshots.Layer;
import io.obd.snapshots.LayerProvider;
import io.obd.snapshots.Mount;
import io.obd.snapshots.SnapshotException;
import io.obd.snapshots.SnapshotException.Code;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The layers of nydus images: data layers stay in the registry, the bootstrap layer on top of them is unpacked, and where
 * it is the whole image is mounted.
 */
final class NydusLayers implements LayerProvider {
    private final Claims claims;
    private final Images images;
    private final ContainerMounts mounts;
    private final CacheKeeper cache;

    NydusLayers(Claims claims, Images images, ContainerMounts mounts, CacheKeeper cache) {
        this.claims = claims;
        this.images = images;
        this.mounts = mounts;
        this.cache = cache;
    }

    @Override
    public Claim claim(Kind kind, String key, Map<String, String> labels, List<Layer> parents) throws IOException {
        return claims.claim(kind, labels, parents);
    }

    @Override
    public Optional<Map<String, String>> standIn(String name) {
        return claims.standIn();
    }

    @Override
    public void create(Layer layer, List<Layer> parents) {
        if (LayerType.BLOB.is(layer)) {
            cache.keep(layer);
        }
    }

    @Override
    public Optional<Mount> show(Kind kind, Layer layer, List<Layer> parents) throws IOException {
        return LayerType.CONTAINER.is(layer)
                ? Optional.of(mounts.of(kind, layer, parents, lowers(parents)))
                : Optional.empty();
    }

    /** The directories in which layers are seen, nearest first. */
    private List<Path> lowers(List<Layer> layers) throws IOException {
        List<Path> lowers = new ArrayList<>();
        for (int i = 0; i < layers.size(); i++) {
            if (!layers.get(i).isOrdinary()) {
                lowers.add(attach(Map.of(), layers.subList(i, layers.size())));
                break;
            }
            lowers.add(layers.get(i).fs());
        }
        return lowers;
    }

    @Override
    public Commit commit(Layer layer, Map<String, String> labels, List<Layer> parents) throws IOException {
        if (!LayerType.BOOTSTRAP.is(layer)) {
            return Commit.ORDINARY;
        }
        BootstrapFile.of(layer).version();
        return new Commit(LayerType.BOOTSTRAP.word(), Map.of());
    }

    @Override
    public Path attach(Map<String, String> labels, List<Layer> chain) throws IOException {
        Layer image = chain.getFirst();
        if (LayerType.BLOB.is(image)) {
            throw new SnapshotException(
                    Code.FAILED_PRECONDITION,
                    image.name() + " is a data layer of a nydus image: only the topmost layer, its bootstrap, can be"
                            + " mounted");
        }
        return LayerType.PROXY.is(image) ? image.fs() : images.mount(chain);
    }

    @Override
    public void detach(Layer layer) throws IOException {
        if (LayerType.BOOTSTRAP.is(layer)) {
            images.unmount(layer);
        }
    }

    @Override
    public void remove(Layer layer) throws IOException {
        detach(layer);
        cache.release(layer);
    }

    @Override
    public void cleanup() throws IOException {
        cache.collect();
    }

    @Override
    public void recover(List<Layer> layers) throws IOException {
        layers.stream().filter(LayerType.BLOB::is).forEach(cache::keep);
        images.recover(layers.stream().filter(LayerType.BOOTSTRAP::is).toList());
    }
}
