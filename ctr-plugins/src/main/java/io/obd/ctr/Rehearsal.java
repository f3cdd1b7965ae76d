package io.obd.ctr;

import com.google.protobuf.Empty;
import com.sun.net.httpserver.HttpExchange;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.obd.containerd.UnixSocketServer;
import io.obd.containerd.content.v1.ContentGrpc;
import io.obd.containerd.content.v1.UpdateRequest;
import io.obd.containerd.content.v1.UpdateResponse;
import io.obd.containerd.content.v1.WriteAction;
import io.obd.containerd.content.v1.WriteContentRequest;
import io.obd.containerd.content.v1.WriteContentResponse;
import io.obd.containerd.images.v1.CreateImageRequest;
import io.obd.containerd.images.v1.CreateImageResponse;
import io.obd.containerd.images.v1.ImagesGrpc;
import io.obd.containerd.leases.v1.CreateRequest;
import io.obd.containerd.leases.v1.CreateResponse;
import io.obd.containerd.leases.v1.DeleteRequest;
import io.obd.containerd.leases.v1.Lease;
import io.obd.containerd.leases.v1.LeasesGrpc;
import io.obd.containerd.snapshots.v1.PrepareSnapshotRequest;
import io.obd.containerd.snapshots.v1.PrepareSnapshotResponse;
import io.obd.containerd.snapshots.v1.SnapshotsGrpc;
import io.obd.containerd.snapshots.v1.StatSnapshotRequest;
import io.obd.containerd.snapshots.v1.StatSnapshotResponse;
import io.obd.image.LayerAnnotations;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import io.obd.registry.Manifest;
import io.obd.registry.MediaTypes;
import io.obd.registry.RehearsalServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A made-up registry with a made-up image, and a made-up containerd. A command that pulls from the one into the other
 * loads what it loads in earnest, and so the JVM's ahead-of-time cache of the command is recorded from it. The command has
 * a process of its own: what only the servers need is not in the cache.
 */
public final class Rehearsal {
    private Rehearsal() {}

    /**
     * Runs a program with the arguments of a pull, and exits as it does.
     *
     * @param args the program, and a directory for what both need
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        Path directory = Path.of(args[1]);
        int exitCode;
        try (UnixSocketServer containerd = UnixSocketServer.start(
                        directory.resolve("containerd.sock"),
                        List.of(new Leases(), new Content(), new Snapshots(), new Images()));
                RehearsalServer registry = RehearsalServer.start(directory, new Documents()::answer)) {
            exitCode = new ProcessBuilder(
                            args[0],
                            "-a",
                            containerd.socket().toString(),
                            "rpull",
                            "--tlscacert",
                            registry.certificate().toString(),
                            registry.host() + "/app:v1")
                    .inheritIO()
                    .start()
                    .waitFor();
        }
        System.exit(exitCode);
    }

    /** The registry: one image of one layer that is never asked for. */
    private static final class Documents {
        private static final String LAYER = "sha256:" + "0".repeat(64);
        private final byte[] config;
        private final byte[] manifest;

        Documents() {
            config = ("{\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"" + LAYER + "\"]}}")
                    .getBytes(StandardCharsets.UTF_8);
            Descriptor layer = new Descriptor(
                    MediaTypes.OCI_LAYER,
                    Digest.parse(LAYER),
                    1,
                    List.of(),
                    Map.of(LayerAnnotations.BLOB_DIGEST, LAYER),
                    null,
                    null,
                    null);
            manifest = Manifest.of(
                            MediaTypes.OCI_MANIFEST, Descriptor.of(MediaTypes.OCI_CONFIG, config), List.of(layer))
                    .toJson();
        }

        void answer(HttpExchange exchange) throws IOException {
            boolean wantsManifest = exchange.getRequestURI().getPath().contains("/manifests/");
            byte[] body = wantsManifest ? manifest : config;
            Descriptor described = Descriptor.of(MediaTypes.OCI_MANIFEST, body);
            exchange.getResponseHeaders().set("Content-Type", described.mediaType());
            exchange.getResponseHeaders()
                    .set("Docker-Content-Digest", described.digest().toString());
            if (exchange.getRequestMethod().equals("HEAD")) {
                exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
                exchange.sendResponseHeaders(200, -1);
            } else {
                exchange.sendResponseHeaders(200, body.length);
                exchange.getResponseBody().write(body);
            }
            exchange.close();
        }
    }

    private static final class Leases extends LeasesGrpc.LeasesImplBase {
        @Override
        public void create(CreateRequest request, StreamObserver<CreateResponse> observer) {
            Lease lease = Lease.newBuilder().setId(request.getId()).build();
            answer(observer, CreateResponse.newBuilder().setLease(lease).build());
        }

        @Override
        public void delete(DeleteRequest request, StreamObserver<Empty> observer) {
            answer(observer, Empty.getDefaultInstance());
        }
    }

    private static final class Content extends ContentGrpc.ContentImplBase {
        @Override
        public void update(UpdateRequest request, StreamObserver<UpdateResponse> observer) {
            answer(observer, UpdateResponse.getDefaultInstance());
        }

        @Override
        public StreamObserver<WriteContentRequest> write(StreamObserver<WriteContentResponse> observer) {
            return new StreamObserver<>() {
                @Override
                public void onNext(WriteContentRequest request) {
                    observer.onNext(WriteContentResponse.newBuilder()
                            .setOffset(request.getOffset() + request.getData().size())
                            .build());
                    if (request.getAction() == WriteAction.COMMIT) {
                        observer.onCompleted();
                    }
                }

                @Override
                public void onError(Throwable broken) {}

                @Override
                public void onCompleted() {}
            };
        }
    }

    private static final class Snapshots extends SnapshotsGrpc.SnapshotsImplBase {
        private volatile boolean taken;

        @Override
        public void stat(StatSnapshotRequest request, StreamObserver<StatSnapshotResponse> observer) {
            if (taken) {
                answer(observer, StatSnapshotResponse.getDefaultInstance());
            } else {
                observer.onError(Status.NOT_FOUND.asRuntimeException());
            }
        }

        @Override
        public void prepare(PrepareSnapshotRequest request, StreamObserver<PrepareSnapshotResponse> observer) {
            taken = true;
            observer.onError(Status.ALREADY_EXISTS.asRuntimeException());
        }
    }

    private static final class Images extends ImagesGrpc.ImagesImplBase {
        @Override
        public void create(CreateImageRequest request, StreamObserver<CreateImageResponse> observer) {
            answer(observer, CreateImageResponse.getDefaultInstance());
        }
    }

    private static <T> void answer(StreamObserver<T> observer, T response) {
        observer.onNext(response);
        observer.onCompleted();
    }
}
