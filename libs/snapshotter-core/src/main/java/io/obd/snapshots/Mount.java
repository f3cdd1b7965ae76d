package io.obd.snapshots;

import java.util.List;

/**
 * A mount that the caller is to make to see a snapshot.
 *
 * @param type file system type, {@code bind} and {@code overlay} included
 * @param source device or directory
 * @param options fstab style options, in the order in which they are to be given
 */
public record Mount(String type, String source, List<String> options) {
    public Mount {
        options = List.copyOf(options);
    }
}
