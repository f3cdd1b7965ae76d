package io.obd.ctr;

import java.nio.file.Path;
import java.util.List;

final class HostsDirectory {
    private HostsDirectory() {}

    static List<Path> certificates(Path directory, String host) {
        return List.of(directory.resolve(host));
    }
}
