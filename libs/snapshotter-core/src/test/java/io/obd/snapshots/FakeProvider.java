package io.obd.snapshots;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A format whose remote layers are "attached" by making a directory. */
final class FakeProvider implements LayerProvider {
    static final String REMOTE = "fake.remote";
    static final String UNPACKED = "fake.unpacked";
    static final String SHOWN = "fake.shown";
    static final String REF = "ref";

    final Set<Long> attached = ConcurrentHashMap.newKeySet();
    final AtomicInteger attachCalls = new AtomicInteger();
    final Set<Long> recovered = ConcurrentHashMap.newKeySet();
    volatile AttachHook onAttach = () -> {};
    volatile AttachHook onShow = () -> {};
    volatile AttachHook onCommit = () -> {};
    volatile AttachHook onRecover = () -> {};

    interface AttachHook {
        void run() throws IOException;
    }

    @Override
    public Claim claim(Kind kind, String key, Map<String, String> labels, List<Layer> parents) {
        if (labels.containsKey(REMOTE)) {
            return new Claim.Complete(REMOTE, labels.getOrDefault(REF, "none"), Map.of("taken", "yes"));
        }
        if (labels.containsKey(SHOWN)) {
            return new Claim.Own(SHOWN);
        }
        return labels.containsKey(UNPACKED) ? new Claim.Own(UNPACKED) : new Claim.Ordinary();
    }

    @Override
    public void create(Layer layer, List<Layer> parents) throws IOException {
        if (layer.labels().containsKey("broken")) {
            throw SnapshotException.invalid("broken label");
        }
        if (layer.isOrdinary()) {
            return;
        }
        Files.writeString(layer.directory().resolve("spec"), "layers " + (parents.size() + 1));
    }

    @Override
    public Commit commit(Layer layer, Map<String, String> labels, List<Layer> parents) throws IOException {
        onCommit.run();
        return layer.isOrdinary() ? Commit.ORDINARY : new Commit(layer.type(), Map.of("sealed", "yes"));
    }

    @Override
    public Path attach(Map<String, String> labels, List<Layer> chain) throws IOException {
        attachCalls.incrementAndGet();
        onAttach.run();
        attached.add(chain.getFirst().id());
        return Files.createDirectories(chain.getFirst().directory().resolve("mountpoint"));
    }

    @Override
    public void detach(Layer layer) {
        attached.remove(layer.id());
    }

    @Override
    public void remove(Layer layer) {
        detach(layer);
    }

    @Override
    public Optional<Mount> show(Kind kind, Layer layer, List<Layer> parents) throws IOException {
        if (!layer.type().equals(SHOWN)) {
            return Optional.empty();
        }
        onShow.run();
        attached.add(layer.id());
        return Optional.of(new Mount("fake", "/dev/fake" + layer.id(), List.of(kind.word())));
    }

    @Override
    public void recover(List<Layer> layers) throws IOException {
        onRecover.run();
        layers.forEach(layer -> recovered.add(layer.id()));
    }
}
