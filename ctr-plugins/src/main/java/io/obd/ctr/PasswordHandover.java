package io.obd.ctr;

import static java.util.Objects.requireNonNull;

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

/** Hands a password on to the backend, which reads the image later, when nobody gives it one. */
final class PasswordHandover {
    private static final Duration LIMIT = Duration.ofSeconds(5);

    /** As long as the backend runs, more or less. */
    private static final Duration LIFE = Duration.ofDays(365);

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec command;

    @Option(
            names = "--control-socket",
            paramLabel = "SOCKET",
            defaultValue = "${env:OVERLAYBD_CONTROL_SOCKET:-/run/overlaybd/control.sock}",
            description = "where the backend is told the user and password (default: $$OVERLAYBD_CONTROL_SOCKET or"
                    + " /run/overlaybd/control.sock)")
    private Path controlSocket = ControlClient.DEFAULT_SOCKET;

    /** The original backend has only its file for passwords: it is said if nobody takes this one. */
    void handOver(ImageReference image, Credentials credentials) {
        try {
            new ControlClient(controlSocket, LIMIT).remember(image.name(), credentials, LIFE);
        } catch (ControlException e) {
            requireNonNull(command)
                    .commandLine()
                    .getErr()
                    .println("ctr: the password is not handed on to the backend, which needs it in its cred.json: "
                            + e.getMessage());
        }
    }
}
