package io.obd.snapshots.credentials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.obd.containerd.UnixSocketChannel;
import io.obd.containerd.UnixSocketServer;
import io.obd.containerd.cri.v1.AuthConfig;
import io.obd.containerd.cri.v1.ImageServiceGrpc;
import io.obd.containerd.cri.v1.ImageSpec;
import io.obd.containerd.cri.v1.PullImageRequest;
import io.obd.containerd.cri.v1.PullImageResponse;
import io.obd.registry.Credentials;
import io.obd.registry.Credentials.IdentityToken;
import io.obd.registry.Credentials.UserPassword;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CriImageProxyTest {
    /** A runtime that has every image but one, and of another one never says. */
    private static final class FakeRuntime extends ImageServiceGrpc.ImageServiceImplBase {
        final List<PullImageRequest> pulls = new CopyOnWriteArrayList<>();
        final CountDownLatch begun = new CountDownLatch(1);
        final CountDownLatch givenUp = new CountDownLatch(1);

        @Override
        public void pullImage(PullImageRequest request, StreamObserver<PullImageResponse> answer) {
            pulls.add(request);
            if (request.getImage().getImage().contains("missing")) {
                answer.onError(Status.NOT_FOUND.withDescription("no such image").asRuntimeException());
                return;
            }
            if (request.getImage().getImage().contains("slow")) {
                ((ServerCallStreamObserver<?>) answer).setOnCancelHandler(givenUp::countDown);
                begun.countDown();
                return;
            }
            answer.onNext(PullImageResponse.newBuilder().setImageRef("sha256:1").build());
            answer.onCompleted();
        }
    }

    @TempDir
    Path dir;

    private final FakeRuntime runtime = new FakeRuntime();
    private final PulledCredentials pulled = new PulledCredentials(InstantSource.system());
    private UnixSocketServer containerd;
    private CriImageProxy proxy;
    private UnixSocketServer server;
    private UnixSocketChannel channel;
    private ImageServiceGrpc.ImageServiceBlockingStub kubelet;

    @BeforeEach
    void start() throws IOException {
        containerd = UnixSocketServer.start(dir.resolve("c.sock"), List.of(runtime));
        proxy = new CriImageProxy(dir.resolve("c.sock"), pulled);
        server = UnixSocketServer.startDirect(dir.resolve("s.sock"), List.of(proxy));
        channel = UnixSocketChannel.to(dir.resolve("s.sock"));
        kubelet = ImageServiceGrpc.newBlockingStub(channel.channel());
    }

    @AfterEach
    void stop() throws IOException {
        channel.close();
        server.close();
        proxy.close();
        containerd.close();
    }

    @Test
    void pullsPassThroughAndTheirCredentialsAreRemembered() throws IOException {
        AuthConfig auth = AuthConfig.newBuilder()
                .setUsername("me")
                .setPassword("secret")
                .setServerAddress("https://r.example:5000/v2/")
                .build();

        assertThat(pull("r.example:5000/team/app:v1", auth).getImageRef()).isEqualTo("sha256:1");

        assertThat(runtime.pulls)
                .singleElement()
                .extracting(PullImageRequest::getAuth)
                .isEqualTo(auth);
        assertThat(found("r.example:5000", "team/app")).contains(new UserPassword("me", "secret"));
    }

    @Test
    void allFormsOfCredentialsAreUnderstood() throws IOException {
        String pair = Base64.getEncoder().encodeToString("you:pass:word\0\0".getBytes(StandardCharsets.UTF_8));
        pull("r.example/a", AuthConfig.newBuilder().setAuth(pair).build());
        pull("redis:7", AuthConfig.newBuilder().setIdentityToken("t0ken").build());
        pull("r.example/odd", AuthConfig.newBuilder().setAuth("no base64!").build());
        pull("r.example/public", AuthConfig.getDefaultInstance());

        assertThat(found("r.example", "a")).contains(new UserPassword("you", "pass:word"));
        assertThat(found("docker.io", "library/redis")).contains(new IdentityToken("t0ken"));
        assertThat(found("r.example", "odd")).isEmpty();
        assertThat(found("r.example", "public")).isEmpty();
    }

    @Test
    void credentialsForAnotherServerAreNotForThisImage() throws IOException {
        pull(
                "r.example/a",
                AuthConfig.newBuilder()
                        .setUsername("me")
                        .setPassword("secret")
                        .setServerAddress("other.example")
                        .build());

        assertThat(found("r.example", "a")).isEmpty();
    }

    @Test
    void onlyCredentialsThatAPullSucceededWithCount() throws IOException {
        AuthConfig wrong = AuthConfig.newBuilder()
                .setUsername("mallory")
                .setPassword("wrong")
                .build();
        assertThatThrownBy(() -> pull("r.example/app:missing", wrong)).isInstanceOf(StatusRuntimeException.class);
        assertThat(found("r.example", "app")).isEmpty();

        pull(
                "r.example/app:v1",
                AuthConfig.newBuilder().setUsername("me").setPassword("secret").build());
        assertThatThrownBy(() -> pull("r.example/app:missing", wrong)).isInstanceOf(StatusRuntimeException.class);
        assertThat(found("r.example", "app")).contains(new UserPassword("me", "secret"));
    }

    @Test
    void theRuntimesErrorsComeBackAsTheyAre() {
        assertThatThrownBy(() -> pull("r.example/missing", AuthConfig.getDefaultInstance()))
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessage("NOT_FOUND: no such image");
    }

    @Test
    void aRuntimeThatIsGoneIsNamedAsSuch() throws IOException {
        containerd.close();

        assertThatThrownBy(() -> pull("r.example/a", AuthConfig.getDefaultInstance()))
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessageContaining("UNAVAILABLE");
    }

    @Test
    void aPullThatTakesLongHoldsNoOtherUpAndEndsWithItsCaller() throws Exception {
        Future<PullImageResponse> slow = ImageServiceGrpc.newFutureStub(channel.channel())
                .pullImage(request("r.example/slow", AuthConfig.getDefaultInstance()));

        assertThat(runtime.begun.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(pull("r.example/a", AuthConfig.getDefaultInstance()).getImageRef())
                .isEqualTo("sha256:1");

        slow.cancel(true);
        assertThat(runtime.givenUp.await(30, TimeUnit.SECONDS)).isTrue();
    }

    private PullImageResponse pull(String image, AuthConfig auth) {
        return kubelet.pullImage(request(image, auth));
    }

    private static PullImageRequest request(String image, AuthConfig auth) {
        return PullImageRequest.newBuilder()
                .setImage(ImageSpec.newBuilder().setImage(image))
                .setAuth(auth)
                .build();
    }

    private Optional<Credentials> found(String host, String repository) throws IOException {
        return pulled.recent().find(host, repository);
    }
}
