package io.obd.convert;

import io.obd.registry.Digest;
import java.util.List;

/** What happens during a conversion, for those who show it. Events of different layers come from different threads. */
public sealed interface ConversionEvent {

    /** The source is known and work begins. */
    record Started(List<SourceLayer> layers) implements ConversionEvent {}

    /** A layer was fetched completely. */
    record Downloaded(SourceLayer layer) implements ConversionEvent {}

    /** So many bytes more of a layer's source blob went into its build. */
    record Consumed(SourceLayer layer, long bytes) implements ConversionEvent {}

    /** A layer is built and on its way to the registry. */
    record Converted(SourceLayer layer, ConvertedLayer result) implements ConversionEvent {}

    /** So many bytes of a layer's result are in the registry. */
    record Sent(SourceLayer layer, long bytes) implements ConversionEvent {}

    /** A layer's result is in the registry. */
    record Uploaded(SourceLayer layer, boolean existed) implements ConversionEvent {}

    /** The config is in the registry. */
    record ConfigUploaded(Digest digest) implements ConversionEvent {}

    /** The manifest is in the registry under the wanted tag: the image is complete. */
    record ManifestUploaded(Digest digest) implements ConversionEvent {}
}
