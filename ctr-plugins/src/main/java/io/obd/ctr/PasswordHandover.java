package io.obd.ctr;

import static java.util.Objects.requireNonNull;

import io.obd.ctr.client.Containerd;
import io.obd.ctr.client.ContainerdException;
import io.obd.ctr.client.SnapshotterCredentials;
import io.obd.image.ControlClient;
import io.obd.image.ControlException;
import io.obd.registry.Credentials;
import io.obd.registry.ImageReference;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Hands a password on to who reads the image later, when nobody gives him one: the snapshotter, or the backend itself. */
final class PasswordHandover {
    private static final String CONTROL_SOCKET = "--control-socket";
    private static final Duration LIMIT = Duration.ofSeconds(5);

    /** As long as the backend runs, more or less. */
    private static final Duration LIFE = Duration.ofDays(365);

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec command;

    @Option(
            names = CONTROL_SOCKET,
            paramLabel = "SOCKET",
            defaultValue = "${env:OVERLAYBD_CONTROL_SOCKET:-/run/overlaybd/control.sock}",
            description = "where the backend is told the user and password; without it the snapshotter is told, and the"
                    + " backend if that takes none (default then: $$OVERLAYBD_CONTROL_SOCKET or"
                    + " /run/overlaybd/control.sock)")
    private Path controlSocket = ControlClient.DEFAULT_SOCKET;

    /** After a pull: our snapshotters take the password themselves. */
    void handOver(Containerd containerd, String snapshotter, ImageReference image, Credentials credentials) {
        try {
            boolean backendIsNamed =
                    requireNonNull(command).commandLine().getParseResult().hasMatchedOption(CONTROL_SOCKET);
            if (backendIsNamed
                    || !new SnapshotterCredentials(containerd.channel(), LIMIT).tell(snapshotter, image, credentials)) {
                handOver(image, credentials);
            }
        } catch (ContainerdException e) {
            warn("the password is not handed on, and containers may not be able to read the image: " + e.getMessage());
        }
    }

    /** The original backend has only its file for passwords: it is said if nobody takes this one. */
    void handOver(ImageReference image, Credentials credentials) {
        try {
            new ControlClient(controlSocket, LIMIT).remember(image.name(), credentials, LIFE);
        } catch (ControlException e) {
            warn("the password is not handed on to the backend, which needs it in its cred.json: " + e.getMessage());
        }
    }

    private void warn(String text) {
        requireNonNull(command).commandLine().getErr().println("ctr: " + text);
    }
}
