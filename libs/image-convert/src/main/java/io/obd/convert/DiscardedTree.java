package io.obd.convert;

import io.obd.registry.Descriptor;
import io.obd.registry.Index;
import io.obd.registry.Manifest;
import java.util.function.LongConsumer;

/** Nowhere: for conversions whose result is only looked at. */
public record DiscardedTree() implements TreeTarget {
    @Override
    public ConversionTarget image(boolean top) {
        return new ConversionTarget() {
            @Override
            public boolean put(ConvertedLayer layer, LongConsumer sent) {
                return false;
            }

            @Override
            public Descriptor putConfig(String mediaType, byte[] json) {
                return Descriptor.of(mediaType, json);
            }

            @Override
            public Descriptor putManifest(Manifest manifest) {
                return Descriptor.of(manifest.mediaType(), manifest.toJson());
            }
        };
    }

    @Override
    public Descriptor putIndex(Index index, boolean top) {
        return Descriptor.of(index.mediaType(), index.toJson());
    }

    @Override
    public Descriptor putAsIs(Descriptor document, byte[] json, boolean top) {
        return document;
    }
}
