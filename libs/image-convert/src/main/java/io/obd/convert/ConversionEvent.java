package io.obd.convert;

import io.obd.registry.Digest;
import io.obd.registry.Manifest;
import java.io.IOException;
import java.util.List;

/** What happens during a conversion, for those who show it. Events of different layers come from different threads. */
public sealed interface ConversionEvent {

    /** The source is known and work begins. */
    record Started(List<SourceLayer> layers) implements ConversionEvent {}

    /** A layer was fetched completely. */
    record Downloaded(SourceLayer layer) implements ConversionEvent {}

    /** So many bytes more of a layer's source blob went into its build. */
    record Consumed(SourceLayer layer, long bytes) implements ConversionEvent {}

    /** A layer is built and on its way to the target. */
    record Converted(SourceLayer layer, ConvertedLayer result) implements ConversionEvent {}

    /** So many bytes of a layer's result are in the target. */
    record Sent(SourceLayer layer, long bytes) implements ConversionEvent {}

    /** A layer's result is in the target. */
    record Uploaded(SourceLayer layer, boolean existed) implements ConversionEvent {}

    /** A layer's result is in the target since an earlier conversion. */
    record Reused(SourceLayer layer, ConvertedLayer result) implements ConversionEvent {}

    /** A layer's result is in the target, but the layers above it cannot be built on it: it is built again. */
    record NotReused(SourceLayer layer, ConvertedLayer result, IOException why) implements ConversionEvent {}

    /** The whole image is in the target since an earlier conversion: none of its layers is looked at. */
    record ImageReused(Manifest manifest) implements ConversionEvent {}

    /** The layer that the engine puts below all others is in the target. */
    record BaseUploaded(ConvertedLayer layer, boolean existed) implements ConversionEvent {}

    /** The layer that the engine puts on top of all others is in the target. */
    record TopUploaded(ConvertedLayer layer, boolean existed) implements ConversionEvent {}

    /** The config is in the target. */
    record ConfigUploaded(Digest digest) implements ConversionEvent {}

    /** The manifest is in the target under the wanted name: the image is complete. */
    record ManifestUploaded(Digest digest) implements ConversionEvent {}
}
