package io.obd.ctr.client;

import java.time.Instant;
import java.time.temporal.ChronoField;
import java.util.Base64;
import java.util.concurrent.ThreadLocalRandom;

/** Names that no two pulls share, in the form containerd's own clients give them: {@code <nanoseconds>-<4 characters>}. */
public final class UniqueName {
    private UniqueName() {}

    public static String next() {
        byte[] random = new byte[3];
        ThreadLocalRandom.current().nextBytes(random);
        return Instant.now().get(ChronoField.NANO_OF_SECOND) + "-"
                + Base64.getUrlEncoder().encodeToString(random);
    }
}
