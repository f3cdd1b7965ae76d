package io.obd.ctr.pull;

import io.obd.registry.Descriptor;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

final class RecordedProgress implements PullProgress {
    final Map<Integer, LayerResult> results = Collections.synchronizedMap(new TreeMap<>());
    final Map<Integer, Long> received = new ConcurrentHashMap<>();

    @Override
    public void resolved(String reference, String digest) {}

    @Override
    public void layers(List<Descriptor> layers) {}

    @Override
    public void received(int layer, long bytes) {
        received.merge(layer, bytes, Long::sum);
    }

    @Override
    public void unpacking(int layer) {}

    @Override
    public void finished(int layer, LayerResult result) {
        results.put(layer, result);
    }

    @Override
    public void close() {}
}
