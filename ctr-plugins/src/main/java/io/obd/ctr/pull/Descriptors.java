package io.obd.ctr.pull;

import io.obd.containerd.types.Descriptor;

/** Descriptors in the form in which containerd takes them. */
final class Descriptors {
    private Descriptors() {}

    static Descriptor of(io.obd.registry.Descriptor descriptor) {
        return Descriptor.newBuilder()
                .setMediaType(descriptor.mediaType())
                .setDigest(descriptor.digest().toString())
                .setSize(descriptor.size())
                .putAllAnnotations(descriptor.annotations())
                .build();
    }
}
