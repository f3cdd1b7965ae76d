package io.obd.snapshotter;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The file systems that this kernel can mount. A module is asked for once. */
final class KernelFileSystems {
    private static final Logger LOG = LoggerFactory.getLogger(KernelFileSystems.class);
    private static final Path LIST = Path.of("/proc/filesystems");

    private final Programs programs;
    private final Set<String> asked = ConcurrentHashMap.newKeySet();

    KernelFileSystems(Programs programs) {
        this.programs = programs;
    }

    boolean have(String type) throws IOException {
        if (areListed(type)) {
            return true;
        }
        if (!asked.add(type)) {
            return false;
        }
        try {
            programs.run(List.of("modprobe", type));
        } catch (IOException e) {
            LOG.info("no {} on this kernel: {}", type, e.getMessage());
        }
        return areListed(type);
    }

    private static boolean areListed(String type) throws IOException {
        return Files.readAllLines(LIST).stream().anyMatch(line -> line.endsWith("\t" + type));
    }
}
