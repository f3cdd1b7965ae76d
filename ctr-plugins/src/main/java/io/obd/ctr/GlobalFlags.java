package io.obd.ctr;

import java.nio.file.Path;
import java.time.Duration;
import picocli.CommandLine.Option;

/** The flags before the command, which it shares with containerd's ctr. */
final class GlobalFlags {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    private static final String UNIX = "unix://";

    @Option(
            names = {"-a", "--address"},
            paramLabel = "SOCKET",
            defaultValue = "${env:CONTAINERD_ADDRESS:-/run/containerd/containerd.sock}",
            description = "containerd's socket (default: $$CONTAINERD_ADDRESS or /run/containerd/containerd.sock)")
    private String address = "";

    @Option(
            names = {"-n", "--namespace"},
            defaultValue = "${env:CONTAINERD_NAMESPACE:-default}",
            description = "containerd's namespace (default: $$CONTAINERD_NAMESPACE or default)")
    private String namespace = "";

    @Option(
            names = "--timeout",
            defaultValue = "0",
            converter = DurationFlag.class,
            description = "longest time for the whole command, as in 90s; 0 is no limit")
    private Duration timeout = Duration.ZERO;

    @Option(
            names = "--connect-timeout",
            defaultValue = "0",
            converter = DurationFlag.class,
            description = "longest wait for containerd's first answer; 0 is 10s")
    private Duration connectTimeout = Duration.ZERO;

    @Option(names = "--debug", description = "show where a failure came from")
    private boolean debug;

    Path socket() {
        return Path.of(address.startsWith(UNIX) ? address.substring(UNIX.length()) : address);
    }

    String namespace() {
        return namespace;
    }

    /** Zero is no limit. */
    Duration timeout() {
        return timeout;
    }

    Duration connectTimeout() {
        return connectTimeout.isZero() ? CONNECT_TIMEOUT : connectTimeout;
    }

    boolean debug() {
        return debug;
    }
}
