package io.obd.ctr;

import io.obd.ctr.pull.LayerResult;
import io.obd.ctr.pull.PullProgress;
import io.obd.registry.Descriptor;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Lines for what is settled, and below them the layers that move, drawn again and again. */
final class TerminalProgress implements PullProgress {
    private static final Duration REDRAW = Duration.ofMillis(100);
    private static final String UP = "\033[A";
    private static final String ERASE_BELOW = "\r\033[J";

    private enum Activity {
        DOWNLOADING,
        UNPACKING
    }

    private final PrintWriter out;
    private final SortedMap<Integer, Activity> moving = new TreeMap<>();
    private final Thread painter;
    private PullText text = new PullText(List.of());
    private int drawn;

    TerminalProgress(PrintWriter out) {
        this.out = out;
        this.painter = Thread.ofVirtual().name("progress").start(this::paint);
    }

    @Override
    public synchronized void resolved(String reference, String digest) {
        settle(PullText.resolved(reference, digest));
    }

    @Override
    public synchronized void layers(List<Descriptor> layers) {
        text = new PullText(layers);
    }

    @Override
    public synchronized void received(int layer, long bytes) {
        text.received(layer, bytes);
        moving.putIfAbsent(layer, Activity.DOWNLOADING);
    }

    @Override
    public synchronized void unpacking(int layer) {
        moving.put(layer, Activity.UNPACKING);
    }

    @Override
    public synchronized void finished(int layer, LayerResult result) {
        moving.remove(layer);
        settle(text.finished(layer, result));
    }

    @Override
    public void close() {
        painter.interrupt();
        synchronized (this) {
            moving.clear();
            draw("");
        }
    }

    private void settle(String line) {
        draw(line + "\n");
    }

    private void paint() {
        try {
            while (true) {
                Thread.sleep(REDRAW);
                synchronized (this) {
                    if (!moving.isEmpty()) {
                        draw("");
                    }
                }
            }
        } catch (InterruptedException e) {
            // closed
        }
    }

    /** Writes {@code settled} where the moving lines were, and those below it, in one piece so that nothing flickers. */
    private void draw(String settled) {
        StringBuilder picture =
                new StringBuilder(UP.repeat(drawn)).append(ERASE_BELOW).append(settled);
        moving.forEach((layer, activity) -> picture.append(
                        switch (activity) {
                            case DOWNLOADING -> text.downloading(layer);
                            case UNPACKING -> text.unpacking(layer);
                        })
                .append('\n'));
        drawn = moving.size();
        out.print(picture);
        out.flush();
    }
}
