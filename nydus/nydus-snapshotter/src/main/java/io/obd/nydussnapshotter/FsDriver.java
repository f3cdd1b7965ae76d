package io.obd.nydussnapshotter;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** How nydus images become file systems: configuration key {@code daemon.fs_driver}. */
enum FsDriver {
    /** Daemons serve them over FUSE. */
    FUSEDEV,
    /** They are not mounted here: whoever gets the mounts does it, with what the mounts say. */
    NODEV,
    /** No layer is wanted on this machine, of whatever image: the guest pulls it. */
    PROXY;

    static List<String> words() {
        return Arrays.stream(values()).map(FsDriver::word).toList();
    }

    static FsDriver of(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
