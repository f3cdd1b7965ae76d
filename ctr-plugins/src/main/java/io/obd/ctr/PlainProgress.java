package io.obd.ctr;

import io.obd.ctr.pull.LayerResult;
import io.obd.ctr.pull.PullProgress;
import io.obd.registry.Descriptor;
import java.io.PrintWriter;
import java.util.List;

/** One line for each thing that is settled. */
final class PlainProgress implements PullProgress {
    private final PrintWriter out;
    private PullText text = new PullText(List.of());

    PlainProgress(PrintWriter out) {
        this.out = out;
    }

    @Override
    public synchronized void resolved(String reference, String digest) {
        out.println(PullText.resolved(reference, digest));
    }

    @Override
    public synchronized void layers(List<Descriptor> layers) {
        text = new PullText(layers);
    }

    @Override
    public synchronized void received(int layer, long bytes) {
        text.received(layer, bytes);
    }

    @Override
    public void unpacking(int layer) {}

    @Override
    public synchronized void finished(int layer, LayerResult result) {
        out.println(text.finished(layer, result));
    }

    @Override
    public void close() {}
}
