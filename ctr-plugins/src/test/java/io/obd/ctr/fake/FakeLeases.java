package io.obd.ctr.fake;

import com.google.protobuf.Empty;
import io.grpc.stub.StreamObserver;
import io.obd.containerd.leases.v1.CreateRequest;
import io.obd.containerd.leases.v1.CreateResponse;
import io.obd.containerd.leases.v1.DeleteRequest;
import io.obd.containerd.leases.v1.Lease;
import io.obd.containerd.leases.v1.LeasesGrpc;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Leases by id. */
public final class FakeLeases extends LeasesGrpc.LeasesImplBase {
    public final Map<String, Lease> held = new ConcurrentHashMap<>();
    public final List<Lease> released = new CopyOnWriteArrayList<>();

    @Override
    public void create(CreateRequest request, StreamObserver<CreateResponse> observer) {
        Lease lease = Lease.newBuilder()
                .setId(request.getId())
                .putAllLabels(request.getLabelsMap())
                .build();
        held.put(lease.getId(), lease);
        FakeContainerd.answer(
                observer, CreateResponse.newBuilder().setLease(lease).build());
    }

    @Override
    public void delete(DeleteRequest request, StreamObserver<Empty> observer) {
        Lease lease = held.remove(request.getId());
        if (lease != null) {
            released.add(lease);
        }
        FakeContainerd.answer(observer, Empty.getDefaultInstance());
    }
}
