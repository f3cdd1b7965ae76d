package io.obd.engines;

import io.obd.registry.Digest;
import java.util.UUID;

/** Identities of layers: they follow from what a layer is made of, so that converting twice gives equal bytes. */
public final class LayerUuid {
    private LayerUuid() {}

    /** The first 32 hexadecimal digits of a chain id, in the form 8-4-4-4-12. */
    public static UUID of(Digest chainId) {
        String hex = chainId.hex();
        return new UUID(Long.parseUnsignedLong(hex, 0, 16, 16), Long.parseUnsignedLong(hex, 16, 32, 16));
    }
}
