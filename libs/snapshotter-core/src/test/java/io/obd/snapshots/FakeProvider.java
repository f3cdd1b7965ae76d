package io.obd.snapshots;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A format whose remote layers are "attached" by making a directory. */
final class FakeProvider implements LayerProvider {
    static final String REMOTE = "fake.remote";
    static final String UNPACKED = "fake.unpacked";
    static final String REF = "ref";

    final Set<Long> attached = ConcurrentHashMap.newKeySet();
    final AtomicInteger attachCalls = new AtomicInteger();
    final Set<Long> recovered = ConcurrentHashMap.newKeySet();
    volatile AttachHook onAttach = () -> {};

    interface AttachHook {
        void run() throws IOException;
    }

    @Override
    public Claim claim(Kind kind, Map<String, String> labels, List<Layer> parents) {
        if (labels.containsKey(REMOTE)) {
            return new Claim.Complete(REMOTE, labels.getOrDefault(REF, "none"), Map.of("taken", "yes"));
        }
        return labels.containsKey(UNPACKED) ? new Claim.Unpacked(UNPACKED) : new Claim.Ordinary();
    }

    @Override
    public void create(Layer layer, List<Layer> parents) throws IOException {
        if (layer.labels().containsKey("broken")) {
            throw SnapshotException.invalid("broken label");
        }
        Files.writeString(layer.directory().resolve("spec"), "layers " + (parents.size() + 1));
    }

    @Override
    public Commit commit(Layer layer, Map<String, String> labels, List<Layer> parents) {
        return layer.isOrdinary() ? Commit.ORDINARY : new Commit(layer.type(), Map.of("sealed", "yes"));
    }

    @Override
    public Path attach(List<Layer> chain) throws IOException {
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
    public void recover(List<Layer> layers) {
        layers.forEach(layer -> recovered.add(layer.id()));
    }
}
