package io.obd.ctr.fake;

import io.grpc.stub.StreamObserver;
import io.obd.containerd.introspection.v1.IntrospectionGrpc;
import io.obd.containerd.introspection.v1.Plugin;
import io.obd.containerd.introspection.v1.PluginsRequest;
import io.obd.containerd.introspection.v1.PluginsResponse;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Says where snapshotters are. */
public final class FakeIntrospection extends IntrospectionGrpc.IntrospectionImplBase {
    public final Map<String, Path> snapshotters = new ConcurrentHashMap<>();

    @Override
    public void plugins(PluginsRequest request, StreamObserver<PluginsResponse> observer) {
        PluginsResponse.Builder response = PluginsResponse.newBuilder();
        snapshotters.forEach((name, socket) -> response.addPlugins(Plugin.newBuilder()
                .setType("io.containerd.snapshotter.v1")
                .setId(name)
                .putExports("address", socket.toString())));
        FakeContainerd.answer(observer, response.build());
    }
}
