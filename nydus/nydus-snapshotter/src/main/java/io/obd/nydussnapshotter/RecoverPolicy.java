package io.obd.nydussnapshotter;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What happens when a daemon dies: configuration key {@code daemon.recover_policy}. */
enum RecoverPolicy {
    /** Nothing, until a container of the image is started again. */
    NONE,
    /** A new daemon serves the images; containers that run see errors until they are started anew. */
    RESTART,
    /** A new daemon goes on with the descriptor and the state of the one before; containers that run only wait for it. */
    FAILOVER;

    static List<String> words() {
        return Arrays.stream(values()).map(RecoverPolicy::word).toList();
    }

    static RecoverPolicy of(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
