package io.obd.snapshots.credentials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.obd.containerd.UnixSocketChannel;
import io.obd.containerd.UnixSocketServer;
import io.obd.containerd.credentials.v1.CredentialsGrpc;
import io.obd.containerd.credentials.v1.RememberRequest;
import io.obd.registry.Credentials;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CredentialsServiceTest {
    @TempDir
    Path dir;

    @Test
    void whatAnImageWasPulledWithIsRemembered() throws Exception {
        PulledCredentials pulled = new PulledCredentials(InstantSource.system());
        try (UnixSocketServer server =
                        UnixSocketServer.startDirect(dir.resolve("s"), List.of(new CredentialsService(pulled)));
                UnixSocketChannel channel = UnixSocketChannel.to(server.socket())) {
            CredentialsGrpc.CredentialsBlockingStub client = CredentialsGrpc.newBlockingStub(channel.channel());

            client.remember(request("reg.example:5000/team/app"));

            assertThat(pulled.recent().find("reg.example:5000", "team/app"))
                    .contains(new Credentials.UserPassword("alice", "s3cret"));
            assertThat(pulled.recent().find("reg.example:5000", "team/other")).isEmpty();
            assertThatThrownBy(() -> client.remember(request("NO IMAGE")))
                    .isInstanceOfSatisfying(
                            StatusRuntimeException.class,
                            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT));
        }
    }

    private static RememberRequest request(String image) {
        return RememberRequest.newBuilder()
                .setImage(image)
                .setUsername("alice")
                .setSecret("s3cret")
                .build();
    }
}
