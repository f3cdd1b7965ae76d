package io.obd.ctr.fake;

import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.obd.containerd.diff.v1.ApplyRequest;
import io.obd.containerd.diff.v1.ApplyResponse;
import io.obd.containerd.diff.v1.DiffGrpc;
import io.obd.containerd.types.Descriptor;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Takes every layer for an uncompressed archive, and fails at the one it is told to. */
public final class FakeDiff extends DiffGrpc.DiffImplBase {
    public final List<String> applied = new CopyOnWriteArrayList<>();
    public volatile String failsAt = "";
    public volatile Runnable onApply = () -> {};
    private final FakeContent content;

    FakeDiff(FakeContent content) {
        this.content = content;
    }

    @Override
    public void apply(ApplyRequest request, StreamObserver<ApplyResponse> observer) {
        String digest = request.getDiff().getDigest();
        if (digest.equals(failsAt)) {
            FakeContainerd.fail(observer, Status.UNKNOWN, "failed to extract layer: no space left on device");
            return;
        }
        if (!content.blobs.containsKey(digest)) {
            FakeContainerd.fail(observer, Status.NOT_FOUND, digest + ": not found");
            return;
        }
        onApply.run();
        applied.add(digest);
        FakeContainerd.answer(
                observer,
                ApplyResponse.newBuilder()
                        .setApplied(Descriptor.newBuilder().setDigest(digest))
                        .build());
    }
}
