package io.obd.ctr;

import io.obd.ctr.pull.PullException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** containerd's directory of directories named after registry hosts, as far as it holds certificates. */
final class HostsDirectory {
    private static final String ANY_HOST = "_default";

    private HostsDirectory() {}

    /**
     * The directory whose certificates count for {@code host}, if there is one.
     *
     * @throws PullException if there is no such directory of directories, or it holds more than certificates
     */
    static List<Path> certificates(Path directory, String host) throws PullException {
        if (!Files.isDirectory(directory)) {
            throw new PullException("--hosts-dir " + directory + " is not a directory");
        }
        List<Path> found = Stream.of(host, host.replaceFirst(":([0-9]+)$", "_$1_"), ANY_HOST)
                .map(directory::resolve)
                .filter(Files::isDirectory)
                .limit(1)
                .toList();
        for (Path candidate : found) {
            Path rules = candidate.resolve("hosts.toml");
            if (Files.exists(rules)) {
                throw new PullException(
                        "rpull does not read " + rules + ", only certificates beside it",
                        "say the same with --plain-http, --skip-verify or --tlscacert; mirrors are not supported",
                        null);
            }
        }
        return found;
    }
}
