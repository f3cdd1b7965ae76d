package io.obd.ctr.client;

import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusException;
import io.obd.containerd.UnixSocketChannel;
import io.obd.containerd.credentials.v1.CredentialsGrpc;
import io.obd.containerd.credentials.v1.RememberRequest;
import io.obd.containerd.introspection.v1.IntrospectionGrpc;
import io.obd.containerd.introspection.v1.Plugin;
import io.obd.containerd.introspection.v1.PluginsRequest;
import io.obd.registry.Credentials;
import io.obd.registry.ImageReference;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Tells a snapshotter with which credentials an image was pulled: it is found by what containerd knows of it. */
public final class SnapshotterCredentials {
    private static final String SNAPSHOTTER = "io.containerd.snapshotter.v1";
    private static final String ADDRESS = "address";

    private final Channel containerd;
    private final Duration patience;

    /** @param patience longest wait for one answer */
    public SnapshotterCredentials(Channel containerd, Duration patience) {
        this.containerd = containerd;
        this.patience = patience;
    }

    /**
     * Tells it.
     *
     * @return false if it is none of ours: nothing was told then
     */
    public boolean tell(String snapshotter, ImageReference image, Credentials credentials) throws ContainerdException {
        Optional<Path> socket = socket(snapshotter);
        if (socket.isEmpty()) {
            return false;
        }
        try (UnixSocketChannel channel = UnixSocketChannel.to(socket.get())) {
            CredentialsGrpc.newBlockingV2Stub(channel.channel())
                    .withDeadlineAfter(patience.toMillis(), TimeUnit.MILLISECONDS)
                    .remember(request(image, credentials));
            return true;
        } catch (StatusException e) {
            if (e.getStatus().getCode() == Status.Code.UNIMPLEMENTED) {
                return false;
            }
            throw ContainerdException.of("tell the snapshotter " + snapshotter + " the password", e);
        }
    }

    private static RememberRequest request(ImageReference image, Credentials credentials) {
        RememberRequest.Builder request = RememberRequest.newBuilder().setImage(image.name());
        return switch (credentials) {
            case Credentials.UserPassword(String user, String password) ->
                request.setUsername(user).setSecret(password).build();
            case Credentials.IdentityToken(String token) ->
                request.setUsername(Credentials.IdentityToken.USER)
                        .setSecret(token)
                        .build();
        };
    }

    private Optional<Path> socket(String snapshotter) throws ContainerdException {
        PluginsRequest request =
                PluginsRequest.newBuilder().addFilters("type==" + SNAPSHOTTER).build();
        try {
            return IntrospectionGrpc.newBlockingV2Stub(containerd)
                    .withDeadlineAfter(patience.toMillis(), TimeUnit.MILLISECONDS)
                    .plugins(request)
                    .getPluginsList()
                    .stream()
                    .filter(plugin -> plugin.getType().equals(SNAPSHOTTER)
                            && plugin.getId().equals(snapshotter))
                    .map(Plugin::getExportsMap)
                    .map(exports -> exports.getOrDefault(ADDRESS, ""))
                    .filter(address -> address.startsWith("/"))
                    .map(Path::of)
                    .findFirst();
        } catch (StatusException e) {
            if (e.getStatus().getCode() == Status.Code.UNIMPLEMENTED) {
                return Optional.empty(); // a containerd that does not say
            }
            throw ContainerdException.of("say where the snapshotter " + snapshotter + " is", e);
        }
    }
}
