package io.obd.nydusd;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.obd.fuse.FuseSession;
import io.obd.linux.MessageSocket;
import io.obd.linux.RawFile;
import io.obd.nydusbackend.RegistryRoute;
import io.obd.nydusbackend.config.BasicAuth;
import io.obd.nydusd.fs.MountTree;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a daemon needs to go on in the place of another one, which a supervisor keeps in between: a state that only these
 * daemons understand, and the descriptor of the mount. The state has the configurations, with their passwords, in it: it
 * is never written to a file.
 */
final class HandOver {
    private static final int VERSION = 1;
    private static final int LONGEST = 64 << 20;
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final ObjectMapper JSON =
            new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
    private static final Path DEVICE = Path.of("/dev/fuse");

    private final State state;
    private final @Nullable RawFile device;

    /**
     * An image that is mounted.
     *
     * @param auth what the registry is shown now, which need not be in the configuration: base64 of user and password, or
     *     empty
     * @param proxy what the registry is reached through in the place of the configuration's, with its password; empty for
     *     none, null if it was not replaced
     */
    record Image(
            String mountPoint,
            int index,
            String bootstrap,
            String config,
            String auth,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            String proxy,

            List<String> prefetchFiles,
            long mountedSeconds,
            int mountedNanoseconds) {
        /** Daemons did not always hand {@code auth} over. */
        Image {
            auth = Objects.requireNonNullElse(auth, "");
        }
    }

    /**
     * @param fuse the session in base64
     * @param erofs whether the kernel reads the image itself
     * @param lastIndex of an image
     */
    private record State(
            int version,
            String fuse,
            boolean erofs,
            int lastIndex,
            Map<String, Long> directories,
            List<Image> images) {}

    private HandOver(State state, @Nullable RawFile device) {
        this.state = state;
        this.device = device;
    }

    static HandOver of(
            FuseSession session, boolean erofs, MountTree tree, int lastIndex, Collection<MountedImage> mounted) {
        List<Image> images = mounted.stream().map(HandOver::image).toList();
        return new HandOver(
                new State(
                        VERSION,
                        Base64.getEncoder().encodeToString(session.encode()),
                        erofs,
                        lastIndex,
                        tree.directories(),
                        images),
                null);
    }

    private static Image image(MountedImage image) {
        Instant mounted = image.mounted();
        return new Image(
                image.mountPoint(),
                image.index(),
                image.bootstrap().toString(),
                image.config(),
                image.backend()
                        .route()
                        .flatMap(route -> route.credentials().get())
                        .map(BasicAuth::base64)
                        .orElse(""),
                image.backend().route().flatMap(RegistryRoute::replacedProxy).orElse(null),
                image.prefetchFiles(),
                mounted.getEpochSecond(),
                mounted.getNano());
    }

    FuseSession fuse() {
        return session(state);
    }

    boolean isErofs() {
        return state.erofs();
    }

    private static FuseSession session(State state) {
        return FuseSession.decode(Base64.getDecoder().decode(state.fuse()));
    }

    int lastIndex() {
        return state.lastIndex();
    }

    Map<String, Long> directories() {
        return state.directories();
    }

    List<Image> images() {
        return state.images();
    }

    /** The descriptor of the mount, closed by the daemon that received it or by what serves it there. */
    RawFile device() {
        if (device == null) {
            throw new IllegalStateException("nothing was received");
        }
        return device;
    }

    /** Connects to the supervisor and sends state and descriptor. */
    void send(Path supervisor, RawFile mount) throws IOException {
        byte[] bytes = JSON.writeValueAsBytes(state);
        try (MessageSocket socket = MessageSocket.connectStream(supervisor, LIMIT)) {
            for (int at = 0; at < bytes.length; at += MessageSocket.MAX_MESSAGE) {
                int length = Math.min(MessageSocket.MAX_MESSAGE, bytes.length - at);
                ByteBuffer part =
                        ByteBuffer.allocateDirect(length).put(bytes, at, length).flip();
                socket.send(part, at == 0 ? List.of(mount) : List.of());
            }
        }
    }

    /**
     * Connects to the supervisor and gets what another daemon has sent.
     *
     * @throws IOException if it is not that of a daemon of this version
     */
    static HandOver receive(Path supervisor) throws IOException {
        List<RawFile> descriptors = new ArrayList<>();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (MessageSocket socket = MessageSocket.connectStream(supervisor, LIMIT)) {
            ByteBuffer part = ByteBuffer.allocateDirect(MessageSocket.MAX_MESSAGE);
            descriptors.addAll(socket.receive(part, DEVICE));
            while (part.hasRemaining()) {
                byte[] copy = new byte[part.remaining()];
                part.get(copy);
                bytes.write(copy, 0, copy.length);
                if (bytes.size() > LONGEST) {
                    throw new IOException(supervisor + ": a state of more than " + LONGEST + " bytes");
                }
                descriptors.addAll(socket.receive(part, DEVICE));
            }
            State state = decode(supervisor, bytes.toByteArray());
            if (descriptors.size() != 1) {
                throw new IOException(supervisor + ": " + descriptors.size() + " descriptors came, not one");
            }
            return new HandOver(state, descriptors.getFirst());
        } catch (IOException e) {
            for (RawFile descriptor : descriptors) {
                descriptor.close();
            }
            throw e;
        }
    }

    private static State decode(Path supervisor, byte[] bytes) throws IOException {
        try {
            State state = JSON.readValue(bytes, State.class);
            if (state.version() == VERSION) {
                var _ = session(state);
                return state;
            }
        } catch (IOException | IllegalArgumentException e) {
            // Its text may quote the state, which has passwords in it.
            throw new IOException(supervisor + ": the state is not that of such a daemon (" + bytes.length + " bytes)");
        }
        throw new IOException(supervisor + ": the state is that of a daemon of another version");
    }

    /** Without the state, which has passwords in it. */
    @Override
    public String toString() {
        return "the state of " + state.images().size() + " images";
    }
}
