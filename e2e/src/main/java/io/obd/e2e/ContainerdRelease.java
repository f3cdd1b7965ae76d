package io.obd.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Which containerd is run: releases are configured differently. */
sealed interface ContainerdRelease {
    /** The variable that names the directory with a containerd 2.x, its {@code ctr} and its shim. */
    String SECOND = "CONTAINERD2";

    /**
     * What Kubernetes' interface of a containerd needs.
     *
     * @param sandboxImage what holds a pod's namespaces
     * @param hostsDirectory containerd's {@code certs.d}
     */
    record Cri(String sandboxImage, Path hostsDirectory) {}

    /** The one that the distribution has installed. */
    static ContainerdRelease installed() {
        return new First();
    }

    /** The one that {@code CONTAINERD2} names, if it does. */
    static Optional<ContainerdRelease> second() throws IOException {
        String directory = System.getenv(SECOND);
        if (directory == null || directory.isEmpty()) {
            return Optional.empty();
        }
        for (String program : List.of("containerd", "ctr", "containerd-shim-runc-v2")) {
            if (!Files.isExecutable(Path.of(directory, program))) {
                throw new StackException(SECOND + "=" + directory + " holds no " + program);
            }
        }
        return Optional.of(new Second(Path.of(directory).toRealPath()));
    }

    /** The daemon's command. */
    String program();

    /** What the daemon and its clients have to find in their environment. */
    Map<String, String> environment();

    /** The files that users are given to copy from, in the installation. */
    List<String> samples(boolean cri);

    /** The configuration of a private instance in this directory, without what the samples say. */
    String configuration(Path directory, @Nullable Cri cri);

    /** 1.x; Debian 12 has 1.6. */
    record First() implements ContainerdRelease {
        @Override
        public String program() {
            return "containerd";
        }

        @Override
        public Map<String, String> environment() {
            return Map.of();
        }

        @Override
        public List<String> samples(boolean cri) {
            return cri ? List.of("proxy-plugin.toml", "cri-1.x.toml") : List.of("proxy-plugin.toml");
        }

        @Override
        public String configuration(Path directory, @Nullable Cri cri) {
            String general = """
                version = 2
                root = "%1$s/root"
                state = "%1$s/state"
                disabled_plugins = [%2$s
                  "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
                  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs",
                  "io.containerd.tracing.processor.v1.otlp", "io.containerd.internal.v1.tracing"]
                [debug]
                  level = "warn"
                [grpc]
                  address = "%1$s/containerd.sock"
                [plugins."io.containerd.internal.v1.opt"]
                  path = "%1$s/opt"
                """.formatted(directory, cri == null ? "\"io.containerd.grpc.v1.cri\"," : "");
            return cri == null ? general : general + """
                [plugins."io.containerd.grpc.v1.cri"]
                  sandbox_image = "%2$s"
                  restrict_oom_score_adj = true
                  [plugins."io.containerd.grpc.v1.cri".registry]
                    config_path = "%3$s"
                  [plugins."io.containerd.grpc.v1.cri".cni]
                    conf_dir = "%1$s/cni"
                    bin_dir = "%1$s/cni"
                """.formatted(directory, cri.sandboxImage(), cri.hostsDirectory());
        }
    }

    /** 2.x, built from its sources. */
    record Second(Path programs) implements ContainerdRelease {
        @Override
        public String program() {
            return programs.resolve("containerd").toString();
        }

        @Override
        public Map<String, String> environment() {
            // The shim is looked for in PATH, and so is the ctr that ours hands its commands to.
            return Map.of("PATH", programs + ":" + System.getenv("PATH"));
        }

        @Override
        public List<String> samples(boolean cri) {
            return cri
                    ? List.of("proxy-plugin.toml", "transfer-2.x.toml", "cri-2.x.toml")
                    : List.of("proxy-plugin.toml", "transfer-2.x.toml");
        }

        @Override
        public String configuration(Path directory, @Nullable Cri cri) {
            String general = """
                version = 3
                root = "%1$s/root"
                state = "%1$s/state"
                disabled_plugins = [%2$s
                  "io.containerd.nri.v1.nri", "io.containerd.snapshotter.v1.blockfile",
                  "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
                  "io.containerd.snapshotter.v1.erofs", "io.containerd.snapshotter.v1.zfs",
                  "io.containerd.tracing.processor.v1.otlp", "io.containerd.internal.v1.tracing"]
                [debug]
                  level = "warn"
                [grpc]
                  address = "%1$s/containerd.sock"
                [plugins."io.containerd.internal.v1.opt"]
                  path = "%1$s/opt"
                """.formatted(
                            directory,
                            cri == null
                                    ? "\"io.containerd.cri.v1.images\", \"io.containerd.cri.v1.runtime\","
                                            + " \"io.containerd.grpc.v1.cri\","
                                    : "");
            return cri == null ? general : general + """
                [plugins."io.containerd.cri.v1.images".pinned_images]
                  sandbox = "%2$s"
                [plugins."io.containerd.cri.v1.images".registry]
                  config_path = "%3$s"
                [plugins."io.containerd.cri.v1.runtime"]
                  restrict_oom_score_adj = true
                  [plugins."io.containerd.cri.v1.runtime".cni]
                    conf_dir = "%1$s/cni"
                    bin_dirs = ["%1$s/cni"]
                """.formatted(directory, cri.sandboxImage(), cri.hostsDirectory());
        }
    }
}
