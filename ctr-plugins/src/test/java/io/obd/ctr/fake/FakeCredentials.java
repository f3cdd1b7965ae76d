package io.obd.ctr.fake;

import io.grpc.stub.StreamObserver;
import io.obd.containerd.credentials.v1.CredentialsGrpc;
import io.obd.containerd.credentials.v1.RememberRequest;
import io.obd.containerd.credentials.v1.RememberResponse;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A snapshotter that is told passwords. */
public final class FakeCredentials extends CredentialsGrpc.CredentialsImplBase {
    public final List<RememberRequest> told = new CopyOnWriteArrayList<>();

    @Override
    public void remember(RememberRequest request, StreamObserver<RememberResponse> observer) {
        told.add(request);
        FakeContainerd.answer(observer, RememberResponse.getDefaultInstance());
    }
}
