package io.obd.nydussnapshotter.overlay;

import io.obd.linux.Errno;
import io.obd.linux.ErrnoException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The directories of an overlay, of which the kernel does not say which one is missing. */
record OverlayDirectories(Path target, OverlayOptions options) {

    /** The same refusal of the kernel; if it is that something is not there, with what that is. */
    IOException explain(ErrnoException refusal) {
        if (!refusal.is(Errno.ENOENT)) {
            return refusal;
        }
        List<String> missing = new ArrayList<>();
        options.directories().forEach(directory -> {
            if (!Files.exists(options.directory().resolve(directory.path()))) {
                missing.add("no " + directory.key() + " " + options.directory().resolve(directory.path()));
            }
        });
        if (!Files.exists(target)) {
            missing.add("no target " + target);
        }
        return missing.isEmpty()
                ? refusal
                : new IOException(refusal.getMessage() + ": there is " + String.join(", ", missing), refusal);
    }
}
