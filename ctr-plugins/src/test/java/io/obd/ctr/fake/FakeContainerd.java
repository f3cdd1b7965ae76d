package io.obd.ctr.fake;

import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.obd.containerd.UnixSocketServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** containerd's services on a unix socket, as far as a pull needs them, with their state open to tests. */
public final class FakeContainerd implements AutoCloseable {
    public final FakeContent content = new FakeContent();
    public final FakeSnapshots snapshots = new FakeSnapshots();
    public final FakeDiff diff = new FakeDiff(content);
    public final FakeImages images = new FakeImages();
    public final FakeLeases leases = new FakeLeases();
    public final FakeIntrospection introspection = new FakeIntrospection();
    private final UnixSocketServer server;

    public FakeContainerd(Path socket) throws IOException {
        server = UnixSocketServer.start(socket, List.of(content, snapshots, diff, images, leases, introspection));
    }

    public Path socket() {
        return server.socket();
    }

    @Override
    public void close() throws IOException {
        server.close();
    }

    static <T> void answer(StreamObserver<T> observer, T response) {
        observer.onNext(response);
        observer.onCompleted();
    }

    static void fail(StreamObserver<?> observer, Status status, String description) {
        observer.onError(status.withDescription(description).asRuntimeException());
    }
}
