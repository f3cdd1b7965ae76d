package io.obd.snapshots.credentials;

import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.obd.containerd.credentials.v1.CredentialsGrpc;
import io.obd.containerd.credentials.v1.RememberRequest;
import io.obd.containerd.credentials.v1.RememberResponse;
import io.obd.registry.Credentials;
import io.obd.registry.ImageReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Is told by {@code ctr rpull} with which credentials it has pulled an image. */
public final class CredentialsService extends CredentialsGrpc.CredentialsImplBase {
    private static final Logger LOG = LoggerFactory.getLogger(CredentialsService.class);

    private final PulledCredentials pulled;

    /** @param pulled keeps them */
    public CredentialsService(PulledCredentials pulled) {
        this.pulled = pulled;
    }

    @Override
    public void remember(RememberRequest request, StreamObserver<RememberResponse> answer) {
        ImageReference image;
        try {
            image = ImageReference.parse(request.getImage());
        } catch (IllegalArgumentException e) {
            answer.onError(Status.INVALID_ARGUMENT
                    .withDescription(String.valueOf(e.getMessage()))
                    .asException());
            return;
        }
        Credentials credentials = Credentials.of(request.getUsername(), request.getSecret());
        pulled.remember(image.host(), image.repository(), credentials);
        LOG.debug("{} was pulled as {}", image, credentials);
        answer.onNext(RememberResponse.getDefaultInstance());
        answer.onCompleted();
    }
}
