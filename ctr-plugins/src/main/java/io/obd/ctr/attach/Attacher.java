package io.obd.ctr.attach;

import static java.util.Objects.requireNonNull;

import io.obd.ctr.Log;
import io.obd.image.ControlClient;
import io.obd.image.ControlException;
import io.obd.image.ImageConfig;
import io.obd.linux.Errno;
import io.obd.linux.ErrnoException;
import io.obd.linux.ScsiDisks;
import io.obd.linux.TcmuDisks;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code overlaybd-attacher}. */
@Command(
        name = "overlaybd-attacher",
        sortOptions = false,
        synopsisSubcommandLabel = "COMMAND",
        description = "Attaches images as block devices, and detaches them.")
final class Attacher {
    private static final Logger LOG = Logger.getLogger(Attacher.class.getName());
    private static final int ATTEMPTS = 5;
    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    /** What stands in a file name of configfs as it is. */
    private static final String ID = "[A-Za-z0-9][A-Za-z0-9_.-]*";

    private final Function<Duration, ScsiDisks> disks;
    private final Duration pause;

    @Spec
    private @Nullable CommandSpec command;

    Attacher() {
        this(TcmuDisks::new, Duration.ofSeconds(1));
    }

    /**
     * Makes the command.
     *
     * @param disks those of the kernel, by how long a backend may take
     * @param pause between attempts
     */
    Attacher(Function<Duration, ScsiDisks> disks, Duration pause) {
        this.disks = disks;
        this.pause = pause;
    }

    /** What both commands take. */
    static final class Flags {
        @Option(
                names = "--id",
                required = true,
                paramLabel = "ID",
                description = "the device: the number of its snapshot")
        private String id = "";

        @Option(
                names = "--control-socket",
                paramLabel = "SOCKET",
                defaultValue = "${env:OVERLAYBD_CONTROL_SOCKET:-/run/overlaybd/control.sock}",
                description = {
                    "where the backend listens (default: $$OVERLAYBD_CONTROL_SOCKET or /run/overlaybd/control.sock).",
                    "If it does not, the device is made through TCMU, as for the original backend."
                })
        private Path socket = ControlClient.DEFAULT_SOCKET;

        @Option(
                names = "--timeout",
                paramLabel = "SECONDS",
                defaultValue = "30",
                description = "how long the backend may take through TCMU (default: ${DEFAULT-VALUE})")
        private int timeout;

        @Option(
                names = {"-v", "--verbose"},
                description = "debug log")
        private boolean verbose;
    }

    @Command(name = "attach", sortOptions = false, description = "Attach an image and print its device.")
    int attach(
            @Mixin Flags flags,
            @Option(names = "--config", required = true, paramLabel = "FILE", description = "its config.v1.json")
                    Path config,
            @Option(
                            names = "--with-devid",
                            description = "tell the backend the id through TCMU, for live snapshots; the control socket"
                                    + " always does")
                    boolean withDevId)
            throws IOException, InterruptedException {
        Log.install(System.err, Level.SEVERE, flags.verbose ? Level.FINE : Level.INFO);
        Path absolute = config.toAbsolutePath().normalize();
        ImageConfig.read(absolute);
        Attachments devices = devices(flags, withDevId);
        for (int attempt = 1; ; attempt++) {
            try {
                String device = devices.attach(flags.id, absolute);
                requireNonNull(command).commandLine().getOut().println(device);
                LOG.log(Level.INFO, "device attached successfully: {0}", device);
                return 0;
            } catch (IOException e) {
                if (attempt == ATTEMPTS || isUnanswered(e)) {
                    String attempts = attempt == 1 ? " attempt: " : " attempts: ";
                    throw new IOException("failed to attach device after " + attempt + attempts + e.getMessage(), e);
                }
                LOG.log(Level.WARNING, "retry attempt {0}/{1} after error: {2}", new Object[] {
                    attempt + 1, ATTEMPTS, e.getMessage()
                });
                TimeUnit.NANOSECONDS.sleep(pause.toNanos());
            }
        }
    }

    /** Who does not answer once is not there: it need not be found out five times. */
    private static boolean isUnanswered(IOException e) {
        return e.getCause() instanceof ErrnoException failure && failure.is(Errno.ETIMEDOUT);
    }

    @Command(name = "detach", sortOptions = false, description = "Detach a device. There need not be one of that id.")
    int detach(@Mixin Flags flags) throws IOException {
        Log.install(System.err, Level.SEVERE, flags.verbose ? Level.FINE : Level.INFO);
        try {
            devices(flags, false).detach(flags.id);
        } catch (IOException e) {
            throw new IOException("failed to detach device: " + e.getMessage(), e);
        }
        LOG.info("device detached successfully");
        return 0;
    }

    private Attachments devices(Flags flags, boolean withDevId) throws IOException {
        if (!flags.id.matches(ID)) {
            throw new ParameterException(
                    requireNonNull(command).commandLine(),
                    "--id: letters, digits, '_', '.' and '-', the first a letter or digit, not \"" + flags.id + "\"");
        }
        if (flags.timeout < 1) {
            throw new ParameterException(
                    requireNonNull(command).commandLine(), "--timeout: at least 1, not " + flags.timeout);
        }
        ControlClient backend = new ControlClient(flags.socket, TIMEOUT);
        ScsiDisks kernel = disks.apply(Duration.ofSeconds(flags.timeout));
        try {
            backend.health();
            return new BackendDevices(backend);
        } catch (ControlException.NotRunning e) {
            Optional<String> obstacle = kernel.obstacle();
            if (obstacle.isPresent()) {
                throw new IOException(e.getMessage() + "; and not through TCMU: " + obstacle.get(), e);
            }
            LOG.log(Level.FINE, "{0}; trying TCMU", e.getMessage());
            return new TcmuDevices(kernel, withDevId);
        }
    }
}
