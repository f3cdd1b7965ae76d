package io.obd.ctr;

import io.obd.ctr.pull.LayerResult;
import io.obd.registry.Descriptor;
import java.util.List;

/** A pull in words, with what has arrived of each layer. */
final class PullText {
    private static final int BAR = 30;

    private final List<Descriptor> layers;
    private final long[] received;

    PullText(List<Descriptor> layers) {
        this.layers = layers;
        this.received = new long[layers.size()];
    }

    static String resolved(String reference, String digest) {
        return reference + ": resolved to " + digest;
    }

    void received(int layer, long bytes) {
        received[layer] += bytes;
    }

    String finished(int layer, LayerResult result) {
        return name(layer) + ": " + words(layer, result);
    }

    /** Not a switch over the types: the code of such a one is written anew in each process, which takes long. */
    private String words(int layer, LayerResult result) {
        if (result instanceof LayerResult.Unpacked unpacked) {
            return received[layer] == 0
                    ? "unpacked, its bytes were in the content store"
                    : "unpacked, " + size(received[layer]) + " downloaded: " + unpacked.reason();
        }
        if (result instanceof LayerResult.Stored) {
            return received[layer] == 0
                    ? "already there, and its bytes in the content store"
                    : "already there, " + size(received[layer]) + " downloaded: asked for with --download-blobs";
        }
        return result instanceof LayerResult.Lazy
                ? "lazy, its " + size(layers.get(layer).size()) + " stay in the registry"
                : "already there";
    }

    String downloading(int layer) {
        long size = layers.get(layer).size();
        int full = size == 0 ? BAR : (int) Math.min(BAR, BAR * received[layer] / size);
        return "%s: downloading [%s%s] %s of %s"
                .formatted(name(layer), "#".repeat(full), " ".repeat(BAR - full), size(received[layer]), size(size));
    }

    String unpacking(int layer) {
        return name(layer) + ": unpacking";
    }

    String name(int layer) {
        String digest = layers.get(layer).digest().toString();
        int end = Math.min(digest.length(), digest.indexOf(':') + 13);
        return "layer " + (layer + 1) + " of " + layers.size() + " " + digest.substring(0, end);
    }

    static String size(long bytes) {
        if (bytes < 1 << 10) {
            return bytes + " B";
        }
        String[] units = {"KiB", "MiB", "GiB", "TiB"};
        int unit = Math.min(units.length - 1, (63 - Long.numberOfLeadingZeros(bytes)) / 10 - 1);
        long tenths = Math.round(bytes * 10.0 / (1L << (10 * (unit + 1))));
        return tenths / 10 + "." + tenths % 10 + " " + units[unit];
    }
}
