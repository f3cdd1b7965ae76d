package io.obd.nydussnapshotter;

import com.sun.net.httpserver.HttpExchange;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.obd.containerd.UnixSocketChannel;
import io.obd.containerd.snapshots.v1.CommitSnapshotRequest;
import io.obd.containerd.snapshots.v1.ListSnapshotsRequest;
import io.obd.containerd.snapshots.v1.MountsRequest;
import io.obd.containerd.snapshots.v1.PrepareSnapshotRequest;
import io.obd.containerd.snapshots.v1.RemoveSnapshotRequest;
import io.obd.containerd.snapshots.v1.SnapshotsGrpc;
import io.obd.containerd.snapshots.v1.SnapshotsGrpc.SnapshotsBlockingStub;
import io.obd.containerd.snapshots.v1.StatSnapshotRequest;
import io.obd.registry.RehearsalServer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The program in a directory of its own, with a registry and a client that pulls nydus images and wants containers of them:
 * the JVM's ahead-of-time cache is recorded from it. The daemons end at once, so nothing is mounted.
 */
public final class Rehearsal {
    private static final int ORDINARY = 200;
    private static final int IMAGES = 20;
    private static final String PASSWORD = "rehearsal";
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final Path directory;
    private final String registry;
    private final SnapshotsBlockingStub snapshots;

    private Rehearsal(Path directory, String registry, SnapshotsBlockingStub snapshots) {
        this.directory = directory;
        this.registry = registry;
        this.snapshots = snapshots;
    }

    /** Takes an empty directory. Exits with 0 if the calls went as they should. */
    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[0]).toRealPath();
        RehearsalServer registry = RehearsalServer.start(directory, Rehearsal::answer);
        Path socket = directory.resolve("s.sock");
        Main.main(new String[] {
            "--config", configuration(directory, socket, registry.certificate()).toString()
        });
        try (UnixSocketChannel channel = UnixSocketChannel.to(socket)) {
            Rehearsal rehearsal =
                    new Rehearsal(directory, registry.host(), SnapshotsGrpc.newBlockingStub(channel.channel()));
            for (int i = 0; i < ORDINARY; i++) {
                rehearsal.ordinaryLayer("key-" + i, "layer-" + i);
            }
            for (int i = 0; i < IMAGES; i++) {
                rehearsal.image(i);
            }
            rehearsal.daemonsApi();
        }
        System.exit(0);
    }

    private static Path configuration(Path directory, Path socket, Path certificate) throws IOException {
        Path daemon = directory.resolve("nydusd");
        Files.writeString(daemon, "#!/bin/sh\nexit 1\n");
        Files.setPosixFilePermissions(daemon, PosixFilePermissions.fromString("rwx------"));
        Path template = directory.resolve("nydusd.json");
        Files.writeString(template, """
            {"device": {"backend": {"type": "registry", "config": {"ca_cert_files": ["%s"]}}, "cache": {}}, "mode": "direct"}
            """.formatted(certificate));
        Path config = directory.resolve("config.toml");
        Files.writeString(config, """
            version = 1
            root = "%1$s/root"
            address = "%2$s"
            [daemon]
            nydusd_path = "%3$s"
            nydusd_config = "%4$s"
            [system]
            enable = true
            address = "%1$s/system.sock"
            [log]
            log_to_stdout = true
            """.formatted(directory, socket, daemon, template));
        return config;
    }

    /** A registry that has every blob, for those who show a password. */
    private static void answer(HttpExchange exchange) throws IOException {
        boolean known = exchange.getRequestHeaders().containsKey("Authorization");
        if (!known) {
            exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"rehearsal\"");
        }
        exchange.sendResponseHeaders(known ? 200 : 401, -1);
        exchange.close();
    }

    private void ordinaryLayer(String key, String name) {
        Map<String, String> labels = Map.of(Labels.REF, name);
        prepare(key, "", labels);
        snapshots.stat(StatSnapshotRequest.newBuilder().setKey(key).build());
        snapshots.mounts(MountsRequest.newBuilder().setKey(key).build());
        commit(key, name, labels);
        String filter = "labels.\"" + Labels.REF + "\"==" + name;
        snapshots
                .list(ListSnapshotsRequest.newBuilder().addFilters(filter).build())
                .forEachRemaining(page -> {});
        mustFail(Status.Code.NOT_FOUND, () -> {
            var _ = snapshots.stat(StatSnapshotRequest.newBuilder().setKey(key).build());
        });
        remove(name);
    }

    private void image(int number) throws IOException {
        String data = "data-" + number;
        Map<String, String> labels = new HashMap<>(Map.of(
                Labels.CRI_IMAGE_REF,
                registry + "/app:v" + number,
                Labels.CRI_LAYER_DIGEST,
                "sha256:%064x".formatted(number),
                Labels.PULL_USER,
                "user",
                Labels.PULL_SECRET,
                PASSWORD));
        labels.put(Labels.REF, data);
        labels.put(Labels.BLOB, "true");
        mustFail(Status.Code.ALREADY_EXISTS, () -> prepare("pull-" + number, "", labels));

        String image = "image-" + number;
        labels.remove(Labels.BLOB);
        labels.put(Labels.REF, image);
        labels.put(Labels.BOOTSTRAP, "true");
        prepare("unpack-" + number, data, labels);
        for (Path layer : layers()) {
            Path bootstrap = Files.createDirectories(layer.resolve("fs/image")).resolve("image.boot");
            Files.write(bootstrap, bootstrap());
        }
        commit("unpack-" + number, image, labels);
        mustFail(Status.Code.UNKNOWN, () -> prepare("container-" + number, image, Map.of()));
        remove(image);
        remove(data);
    }

    private List<Path> layers() throws IOException {
        try (var all = Files.list(directory.resolve("root/snapshots"))) {
            return all.toList();
        }
    }

    /** Of RAFS 6; nobody here reads more of it than the magic. */
    private static byte[] bootstrap() {
        ByteBuffer bytes = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
        return bytes.putInt(1024, 0xE0F5E1E2).array();
    }

    /** A daemon's API is of the kind that ours is of. */
    private void daemonsApi() {
        try {
            var _ = new NydusdClient(directory.resolve("system.sock"), LIMIT).status();
            throw new IllegalStateException("the system API is no daemon's");
        } catch (NydusdException expected) {
            System.out.println(expected.getMessage());
        }
    }

    private void prepare(String key, String parent, Map<String, String> labels) {
        var _ = snapshots.prepare(PrepareSnapshotRequest.newBuilder()
                .setKey(key)
                .setParent(parent)
                .putAllLabels(labels)
                .build());
    }

    private void commit(String key, String name, Map<String, String> labels) {
        var _ = snapshots.commit(CommitSnapshotRequest.newBuilder()
                .setName(name)
                .setKey(key)
                .putAllLabels(labels)
                .build());
    }

    private void remove(String key) {
        var _ = snapshots.remove(RemoveSnapshotRequest.newBuilder().setKey(key).build());
    }

    private static void mustFail(Status.Code code, Runnable call) {
        try {
            call.run();
        } catch (StatusRuntimeException e) {
            if (e.getStatus().getCode() == code) {
                return;
            }
            throw e;
        }
        throw new IllegalStateException("a call succeeded that should have failed with " + code);
    }
}
