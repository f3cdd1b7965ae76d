package io.obd.fs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether this process may mount. */
final class Root {
    private Root() {}

    static boolean isRoot() {
        try {
            return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
        } catch (IOException e) {
            return false;
        }
    }
}
