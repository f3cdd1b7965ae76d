package io.obd.ctr.client;

import io.obd.containerd.types.Descriptor;
import io.obd.registry.Digest;
import java.util.List;

/** Descriptors in the form in which containerd takes and gives them. */
public final class Descriptors {
    private Descriptors() {}

    /** For containerd. */
    public static Descriptor of(io.obd.registry.Descriptor descriptor) {
        return Descriptor.newBuilder()
                .setMediaType(descriptor.mediaType())
                .setDigest(descriptor.digest().toString())
                .setSize(descriptor.size())
                .putAllAnnotations(descriptor.annotations())
                .build();
    }

    /** From containerd, which has checked it. */
    static io.obd.registry.Descriptor parse(Descriptor descriptor) {
        return new io.obd.registry.Descriptor(
                descriptor.getMediaType(),
                Digest.parse(descriptor.getDigest()),
                descriptor.getSize(),
                List.of(),
                descriptor.getAnnotationsMap(),
                null,
                null,
                null);
    }
}
