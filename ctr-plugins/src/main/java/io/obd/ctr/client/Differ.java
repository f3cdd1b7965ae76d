package io.obd.ctr.client;

import io.grpc.Channel;
import io.grpc.StatusException;
import io.obd.containerd.diff.v1.ApplyRequest;
import io.obd.containerd.diff.v1.DiffGrpc;
import io.obd.containerd.diff.v1.DiffGrpc.DiffBlockingV2Stub;
import io.obd.containerd.types.Mount;
import io.obd.registry.Descriptor;
import java.util.List;

/** containerd's own unpacking of layer archives. */
public final class Differ {
    private final DiffBlockingV2Stub diff;

    /** @param channel calls are made on it */
    public Differ(Channel channel) {
        this.diff = DiffGrpc.newBlockingV2Stub(channel);
    }

    /**
     * Unpacks an archive that is in the content store.
     *
     * @return its diff id
     */
    public String apply(Descriptor archive, List<Mount> mounts) throws ContainerdException {
        ApplyRequest request = ApplyRequest.newBuilder()
                .setDiff(Descriptors.of(archive))
                .addAllMounts(mounts)
                .build();
        try {
            return diff.apply(request).getApplied().getDigest();
        } catch (StatusException e) {
            throw ContainerdException.of("unpack the layer " + archive.digest(), e);
        }
    }
}
