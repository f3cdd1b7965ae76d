package io.obd.nydussnapshotter;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts the processes of one daemon and tells them of its images: with their command line the only one, and through the
 * API those of a shared daemon.
 */
final class DaemonStarts {
    private static final Logger LOG = LoggerFactory.getLogger(DaemonStarts.class);

    private static final Duration API_LIMIT = Duration.ofSeconds(30);

    private final DaemonFiles files;
    private final boolean shared;
    private final Path mountpoint;
    private final Optional<Path> supervisor;
    private final Daemon.Environment environment;

    /**
     * @param shared whether the daemon serves any number of images, below its mountpoint
     * @param supervisor where its processes are to find who keeps what a successor needs
     */
    DaemonStarts(
            DaemonFiles files,
            boolean shared,
            Path mountpoint,
            Optional<Path> supervisor,
            Daemon.Environment environment) {
        this.files = files;
        this.shared = shared;
        this.mountpoint = mountpoint;
        this.supervisor = supervisor;
        this.environment = environment;
    }

    /** The API of a process that serves it there. */
    static NydusdClient client(Path socket) {
        return new NydusdClient(socket, API_LIMIT);
    }

    /** A process that serves images from the beginning; a shared one has to be told of them. */
    DaemonRun begin(Collection<RafsInstance> instances) throws IOException {
        Optional<RafsInstance> only = only(instances);
        if (only.isPresent()) {
            DaemonFiles.write(
                    files.config(), environment.configs().of(only.get()).json());
        }
        NydusdClient api = client(files.socket());
        return run(environment.nydusd().start(task(files.socket(), only, prefetch(only)), api), api);
    }

    private DaemonRun run(DaemonProcess process, NydusdClient api) {
        return new DaemonRun(files.id(), process, api, environment.nydusd().output(files, process.socket()));
    }

    /** A process that runs already. */
    DaemonRun adopt(DaemonProcess process) {
        return run(process, client(process.socket()));
    }

    /**
     * A process that can be given what another one has handed over.
     *
     * @param program of which it is
     * @param socket where it serves its API
     */
    DaemonRun successor(Nydusd program, Path socket, Collection<RafsInstance> instances) throws IOException {
        NydusdClient api = client(socket);
        return run(program.startSuccessor(task(socket, only(instances), Optional.empty()), api), api);
    }

    private Optional<RafsInstance> only(Collection<RafsInstance> instances) {
        return shared ? Optional.empty() : instances.stream().findFirst();
    }

    private Optional<Path> prefetch(Optional<RafsInstance> only) throws IOException {
        List<String> list =
                only.isPresent() ? environment.prefetch().take(only.get().image()) : List.of();
        if (list.isEmpty()) {
            return Optional.empty();
        }
        DaemonFiles.write(files.prefetch(), String.join("\n", list) + "\n");
        return Optional.of(files.prefetch());
    }

    private Nydusd.Task task(Path socket, Optional<RafsInstance> only, Optional<Path> prefetch) throws IOException {
        return new Nydusd.Task(
                files,
                socket,
                mountpoint,
                only.map(RafsInstance::bootstrap),
                prefetch,
                only.isPresent()
                        ? environment.configs().credentials(only.get()).flatMap(NydusdConfig::basic)
                        : Optional.empty(),
                supervisor);
    }

    /** Has a shared daemon serve one more image. */
    void tell(DaemonRun run, RafsInstance instance) throws IOException {
        NydusdConfig config = environment.configs().of(instance);
        DaemonFiles.write(files.config(instance), config.json());
        NydusdConfig told = config.with(environment.configs().credentials(instance));
        List<String> prefetch = environment.prefetch().take(instance.image());
        try {
            run.api().mount(instance.id(), instance.bootstrap().path(), told, prefetch);
        } catch (NydusdException e) {
            String killed = run.isAlive() ? "" : environment.nydusd().whyKilled();
            throw killed.isEmpty() ? e : new IOException(e.getMessage() + ": " + killed, e);
        }
    }

    /** Tells a successor the credentials of now: what it was given has those of its time. */
    void tellCredentials(DaemonRun run, Collection<RafsInstance> instances) {
        if (!shared) {
            return; // it was started with them
        }
        for (RafsInstance instance : instances) {
            try {
                Optional<String> auth =
                        environment.configs().credentials(instance).flatMap(NydusdConfig::basic);
                if (auth.isPresent()) {
                    run.api().credentials(instance.id(), auth.get());
                }
            } catch (IOException e) {
                LOG.warn("{} keeps its old credentials: {}", instance.image(), e.getMessage());
            }
        }
    }
}
