package io.obd.convert;

import io.obd.registry.Descriptor;

/** What a result refers to: its source, by what identifies it. */
final class Subject {
    private Subject() {}

    static Descriptor of(Descriptor source) {
        return Descriptor.of(source.mediaType(), source.digest(), source.size());
    }
}
