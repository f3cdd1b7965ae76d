package io.obd.ctr.client;

import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusException;
import io.obd.containerd.ContainerdHeaders;
import io.obd.containerd.leases.v1.CreateRequest;
import io.obd.containerd.leases.v1.DeleteRequest;
import io.obd.containerd.leases.v1.LeasesGrpc;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.TimeUnit;

/** Keeps everything made under it from containerd's garbage collector, until it is released or expires. */
public final class Lease {
    private static final String EXPIRES = "containerd.io/gc.expire";

    private final Channel plain;
    private final String id;

    private Lease(Channel plain, String id) {
        this.plain = plain;
        this.id = id;
    }

    /**
     * Takes a lease. This is the first call of a command, so it is the one that shows whether containerd answers.
     *
     * @param id of the lease, which no other has
     * @param life after this the lease expires even if nobody releases it
     * @param patience longest wait for the answer
     */
    public static Lease take(Channel channel, String id, Duration life, Duration patience) throws ContainerdException {
        Instant expiry = Instant.now().plus(life).truncatedTo(ChronoUnit.SECONDS);
        CreateRequest request = CreateRequest.newBuilder()
                .setId(id)
                .putLabels(EXPIRES, expiry.toString())
                .build();
        try {
            LeasesGrpc.newBlockingV2Stub(channel)
                    .withDeadlineAfter(patience.toMillis(), TimeUnit.MILLISECONDS)
                    .create(request);
            return new Lease(channel, id);
        } catch (StatusException e) {
            ContainerdException failure = ContainerdException.of("create a lease", e);
            throw failure.code() == Status.Code.DEADLINE_EXCEEDED
                    ? failure.as(
                            "containerd has not answered within " + patience.toMillis() / 1000.0 + " s",
                            "see whether it hangs, or wait longer with --connect-timeout")
                    : failure;
        }
    }

    /** A channel whose calls are made under this lease. */
    public Channel channel() {
        return ContainerdHeaders.attach(plain, ContainerdHeaders.LEASE, id);
    }

    /** Ends the lease: what nothing refers to is garbage now. */
    public void release() throws ContainerdException {
        try {
            LeasesGrpc.newBlockingV2Stub(plain)
                    .withDeadlineAfter(Cleanup.SECONDS, TimeUnit.SECONDS)
                    .delete(DeleteRequest.newBuilder().setId(id).build());
        } catch (StatusException e) {
            throw ContainerdException.of("delete the lease " + id, e);
        }
    }
}
