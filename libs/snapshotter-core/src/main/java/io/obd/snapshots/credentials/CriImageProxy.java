package io.obd.snapshots.credentials;

import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.BindableService;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.obd.containerd.EncodedMessages;
import io.obd.containerd.UnixSocketChannel;
import io.obd.containerd.cri.v1.AuthConfig;
import io.obd.containerd.cri.v1.PullImageRequest;
import io.obd.registry.Credentials;
import io.obd.registry.ImageReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands between the kubelet and the image service of the container runtime (CRI v1), and sees with which credentials
 * images are pulled: the runtime gives snapshotters none. Requests and answers pass through unchanged.
 */
public final class CriImageProxy implements BindableService, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CriImageProxy.class);

    private static final String SERVICE = "runtime.v1.ImageService";
    private static final String PULL = "PullImage";
    private static final List<String> METHODS =
            List.of("ListImages", "ImageStatus", PULL, "RemoveImage", "ImageFsInfo");

    private final UnixSocketChannel runtime;
    private final PulledCredentials pulled;

    /** @param runtime socket of the runtime, which answers the requests */
    public CriImageProxy(Path runtime, PulledCredentials pulled) {
        this.runtime = UnixSocketChannel.to(runtime);
        this.pulled = pulled;
    }

    @Override
    public ServerServiceDefinition bindService() {
        ServerServiceDefinition.Builder service = ServerServiceDefinition.builder(SERVICE);
        for (String name : METHODS) {
            MethodDescriptor<byte[], byte[]> method = MethodDescriptor.newBuilder(
                            new EncodedMessages(), new EncodedMessages())
                    .setType(MethodType.UNARY)
                    .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, name))
                    .build();
            service.addMethod(method, ServerCalls.asyncUnaryCall((request, answer) -> {
                // Who has gone away gets no answer; that is no failure.
                ((ServerCallStreamObserver<byte[]>) answer).setOnCancelHandler(() -> {});
                forward(method, request, name.equals(PULL) ? watched(request, answer) : answer);
            }));
        }
        return service.build();
    }

    /** The caller's deadline and cancellation go along with the context of the call. */
    private void forward(MethodDescriptor<byte[], byte[]> method, byte[] request, StreamObserver<byte[]> answer) {
        ClientCalls.asyncUnaryCall(runtime.channel().newCall(method, CallOptions.DEFAULT), request, answer);
    }

    /** The runtime says what is wrong with a request; here it only means that nothing is remembered. */
    private StreamObserver<byte[]> watched(byte[] request, StreamObserver<byte[]> answer) {
        try {
            PullImageRequest pull = PullImageRequest.parseFrom(request);
            ImageReference image = ImageReference.parse(pull.getImage().getImage());
            Optional<Credentials> credentials = credentials(pull.getAuth());
            if (credentials.isPresent() && isFor(pull.getAuth(), image)) {
                LOG.debug("{} is pulled as {}", image, credentials.get());
                return new Pull(image, credentials.get(), answer);
            }
        } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
            LOG.debug("a request to pull cannot be understood: {}", e.getMessage());
        }
        return answer;
    }

    /**
     * Credentials count when a pull has succeeded with them: others of the same repository may be in use, by containers
     * that run. Where there are none they count for the time of the pull, too.
     */
    private final class Pull implements StreamObserver<byte[]> {
        private final ImageReference image;
        private final Credentials credentials;
        private final StreamObserver<byte[]> answer;
        private final boolean first;

        Pull(ImageReference image, Credentials credentials, StreamObserver<byte[]> answer) {
            this.image = image;
            this.credentials = credentials;
            this.answer = answer;
            this.first = pulled.rememberFirst(image.host(), image.repository(), credentials);
        }

        @Override
        public void onNext(byte[] message) {
            answer.onNext(message);
        }

        @Override
        public void onError(Throwable failure) {
            if (first) {
                pulled.forget(image.host(), image.repository(), credentials);
            }
            answer.onError(failure);
        }

        @Override
        public void onCompleted() {
            pulled.remember(image.host(), image.repository(), credentials);
            answer.onCompleted();
        }
    }

    private static Optional<Credentials> credentials(AuthConfig auth) {
        if (!auth.getUsername().isEmpty()) {
            return Optional.of(new Credentials.UserPassword(auth.getUsername(), auth.getPassword()));
        }
        if (!auth.getIdentityToken().isEmpty()) {
            return Optional.of(new Credentials.IdentityToken(auth.getIdentityToken()));
        }
        if (!auth.getAuth().isEmpty()) {
            return decode(auth.getAuth());
        }
        if (!auth.getRegistryToken().isEmpty()) {
            LOG.debug("a registry token is for this pull alone and not remembered");
        }
        return Optional.empty();
    }

    private static Optional<Credentials> decode(String base64) {
        byte[] pair;
        try {
            pair = Base64.getDecoder().decode(base64.strip());
        } catch (IllegalArgumentException e) {
            LOG.debug("the credentials of a pull are no base64"); // without the reason: it quotes them
            return Optional.empty();
        }
        // Some clients fill it up with zeros.
        String text = new String(pair, StandardCharsets.UTF_8).replaceFirst("\0+$", "");
        int colon = text.indexOf(':');
        return colon <= 0
                ? Optional.empty()
                : Optional.of(new Credentials.UserPassword(text.substring(0, colon), text.substring(colon + 1)));
    }

    /** As the runtime judges: credentials that name another server are not for this image. */
    private static boolean isFor(AuthConfig auth, ImageReference image) {
        String server = auth.getServerAddress();
        if (server.isEmpty()) {
            return true;
        }
        String host = server.replaceFirst("^[a-z]+://", "").replaceFirst("/.*$", "");
        return host.equals(image.host())
                || host.equals(image.apiHost())
                || (host.equals("index.docker.io") && image.host().equals(ImageReference.DOCKER_HUB));
    }

    @Override
    public void close() {
        runtime.close();
    }
}
