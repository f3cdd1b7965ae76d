package io.obd.ctr;

import static java.util.Objects.requireNonNull;

import io.obd.ctr.client.Containerd;
import io.obd.ctr.trace.RecordingRequest;
import io.obd.ctr.trace.StopRequest;
import io.obd.ctr.trace.SystemCtr;
import io.obd.ctr.trace.TraceRecording;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code ctr record-trace}. */
@Command(
        name = "record-trace",
        description = {
            "Make a new image of an overlaybd image, with a layer on top that says what to fetch first.",
            "A container is run on the image, and what it reads is recorded."
        },
        sortOptions = false,
        abbreviateSynopsis = true)
final class RecordTrace implements Callable<Integer> {
    /** Set by the launcher. */
    private static final String LAUNCHER = "OVERLAYBD_CTR";

    private static final Duration TIDYING = Duration.ofSeconds(60);
    private static final int MAX_SECONDS = 24 * 60 * 60;

    @Spec
    private @Nullable CommandSpec command;

    @ParentCommand
    private @Nullable Ctr ctr;

    @Parameters(index = "0", paramLabel = "OLD", description = "an overlaybd image, as 'ctr image ls' names it")
    private String oldImage = "";

    @Parameters(index = "1", paramLabel = "NEW", description = "name of the result, which must be free")
    private String newImage = "";

    @Parameters(
            index = "2..*",
            paramLabel = "COMMAND",
            arity = "0..*",
            description = "what the container runs (default: what the image says)")
    private List<String> program = new ArrayList<>();

    @Option(
            names = "--time",
            paramLabel = "SECONDS",
            defaultValue = "60",
            description = "after this the container is asked to end (default: ${DEFAULT-VALUE})")
    private int seconds;

    @Option(
            names = "--priority_list",
            paramLabel = "FILE",
            description = "file with one path in each line, to be fetched first; nothing is run")
    private @Nullable Path priorityList;

    @Option(
            names = "--working-dir",
            paramLabel = "DIR",
            defaultValue = "/tmp/ctr-record-trace/",
            description = "where the backend writes the trace (default: ${DEFAULT-VALUE})")
    private Path workingDirectory = Path.of("");

    @Option(
            names = "--snapshotter",
            paramLabel = "NAME",
            defaultValue = "overlaybd",
            description = "snapshotter of the container (default: ${DEFAULT-VALUE})")
    private String snapshotter = "";

    @Option(
            names = "--runtime",
            paramLabel = "NAME",
            defaultValue = "io.containerd.runc.v2",
            description = "runtime of the container (default: ${DEFAULT-VALUE})")
    private String runtime = "";

    @Option(
            names = "--max-concurrent-downloads",
            paramLabel = "N",
            description = "taken for compatibility: nothing is downloaded")
    private @Nullable Integer downloads;

    @Option(
            names = "--disable-network-isolation",
            description = "no CNI: the container gets a network namespace without interfaces")
    private boolean noNetwork;

    @Option(
            names = "--cni-plugin-dir",
            paramLabel = "DIR",
            defaultValue = "/opt/cni/bin/",
            description = "where the CNI plugins bridge and host-local are (default: ${DEFAULT-VALUE})")
    private Path cniPlugins = Path.of("");

    @Override
    public Integer call() throws IOException {
        GlobalFlags flags = requireNonNull(ctr).flags();
        RecordingRequest request = request();
        Log.install(System.err, flags.debug());
        PrintWriter out = requireNonNull(command).commandLine().getOut();
        if (downloads != null) {
            out.println("--max-concurrent-downloads has no effect: the image is in containerd");
        }
        Watch.ofTime(flags.timeout()).over(() -> record(request, flags, out));
        return 0;
    }

    private void record(RecordingRequest request, GlobalFlags flags, PrintWriter out)
            throws IOException, InterruptedException {
        SystemCtr system = new SystemCtr(
                Optional.ofNullable(System.getenv(LAUNCHER)).orElse("ctr"), flags.socket(), flags.namespace());
        // To run, to end, and to write the trace: each may take the time.
        try (StopRequest stop =
                        StopRequest.handle(request.time().multipliedBy(2).plus(TIDYING));
                Containerd containerd = Containerd.connect(flags.socket(), flags.namespace())) {
            new TraceRecording(containerd, system, stop, out, Clock.system(ZoneId.systemDefault()))
                    .run(request, flags.connectTimeout());
            out.flush();
            stop.succeeded();
        }
    }

    private RecordingRequest request() {
        if (seconds < 1 || seconds > MAX_SECONDS) {
            throw usage("--time: from 1 to " + MAX_SECONDS + " seconds, not " + seconds);
        }
        if (priorityList != null && !program.isEmpty()) {
            throw usage("a command and --priority_list exclude each other");
        }
        return new RecordingRequest(
                oldImage,
                newImage,
                program,
                Optional.ofNullable(priorityList),
                Duration.ofSeconds(seconds),
                workingDirectory,
                snapshotter,
                runtime,
                noNetwork ? Optional.empty() : Optional.of(cniPlugins));
    }

    private ParameterException usage(String problem) {
        return new ParameterException(requireNonNull(command).commandLine(), problem);
    }
}
