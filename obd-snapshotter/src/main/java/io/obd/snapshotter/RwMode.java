package io.obd.snapshotter;

import java.util.Locale;
import java.util.Optional;

/** Where a container's writes go: configuration key {@code rwMode} and label {@link Labels#WRITABLE}. */
enum RwMode {
    /** Into a directory over the image's device, which all containers share. */
    OVERLAYFS,

    /** Into a writable device of its own, which is mounted for it. */
    DIR,

    /** Into a writable device of its own, which it gets. */
    DEV;

    static Optional<RwMode> of(String word) {
        for (RwMode mode : values()) {
            if (mode.name().toLowerCase(Locale.ROOT).equals(word)) {
                return Optional.of(mode);
            }
        }
        return Optional.empty();
    }
}
