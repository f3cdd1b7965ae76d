package io.obd.ctr;

import static java.util.Objects.requireNonNull;

import io.obd.ctr.client.Containerd;
import io.obd.ctr.convert.StoredConversion;
import io.obd.ctr.pull.ImagePull;
import io.obd.ctr.pull.PullProgress;
import io.obd.ctr.pull.PullRequest;
import io.obd.registry.Credentials;
import io.obd.registry.ImageReference;
import io.obd.registry.RegistryClient;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code ctr rpull}. */
@Command(
        name = "rpull",
        description = {
            "Pull an image, and leave in the registry what the snapshotter can read from there.",
            "An ordinary image is downloaded and unpacked as usual."
        },
        sortOptions = false,
        abbreviateSynopsis = true)
final class Rpull implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec command;

    @ParentCommand
    private @Nullable Ctr ctr;

    @Parameters(paramLabel = "REF", description = "the image, as in registry.example.com/app:v1")
    private String reference = "";

    @Option(
            names = "--snapshotter",
            paramLabel = "NAME",
            defaultValue = "${env:CONTAINERD_SNAPSHOTTER:-overlaybd}",
            description = "snapshotter that gets the layers (default: $$CONTAINERD_SNAPSHOTTER or overlaybd)")
    private String snapshotter = "";

    @Option(
            names = "--label",
            paramLabel = "KEY=VALUE",
            split = ",",
            mapFallbackValue = "true",
            description = "label for the image in containerd; may be repeated")
    private Map<String, String> labels = new LinkedHashMap<>();

    @Option(names = "--download-blobs", description = "download remote layers nevertheless")
    private boolean downloadBlobs;

    @Mixin
    private final PasswordHandover handover = new PasswordHandover();

    @Mixin
    private final RegistryFlags registry = new RegistryFlags();

    @Override
    public Integer call() throws IOException {
        GlobalFlags flags = requireNonNull(ctr).flags();
        String chosen = snapshotter.isEmpty() ? StoredConversion.SNAPSHOTTER : snapshotter;
        PullRequest request = new PullRequest(image(), chosen, labels, downloadBlobs);
        Log.install(System.err, flags.debug());
        PrintWriter out = requireNonNull(command).commandLine().getOut();
        new Watch(flags.timeout()).over(() -> pull(request, flags, out));
        out.println("done");
        return 0;
    }

    private void pull(PullRequest request, GlobalFlags flags, PrintWriter out)
            throws IOException, InterruptedException {
        String host = request.reference().host();
        try (Containerd containerd = Containerd.connect(flags.socket(), flags.namespace());
                RegistryClient client = new RegistryClient(registry.config(host), registry.credentials(host));
                PullProgress progress =
                        onTerminal() && !registry.watches() ? new TerminalProgress(out) : new PlainProgress(out)) {
            new ImagePull(containerd, client.repository(request.reference()), progress, flags.connectTimeout())
                    .run(request);
            Optional<Credentials> given = registry.given();
            if (given.isPresent()) {
                handover.handOver(containerd, request.snapshotter(), request.reference(), given.get());
            }
        }
    }

    private ImageReference image() {
        try {
            ImageReference image = ImageReference.parse(reference);
            return image.tag() == null && image.digest() == null ? image.withTag("latest") : image;
        } catch (IllegalArgumentException e) {
            throw new ParameterException(requireNonNull(command).commandLine(), e.getMessage(), e);
        }
    }

    /** The kernel's word is as good as that of the Java console, which takes long to load. */
    private static boolean onTerminal() {
        try {
            String out = Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString();
            return out.startsWith("/dev/pts/") || out.startsWith("/dev/tty");
        } catch (IOException e) {
            return false; // without /proc: lines are always right
        }
    }
}
