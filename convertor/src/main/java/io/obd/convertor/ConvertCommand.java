package io.obd.convertor;

import io.obd.convert.Cancellation;
import io.obd.convert.ConversionSource;
import io.obd.convert.DiscardedTree;
import io.obd.convert.FinishedWork;
import io.obd.convert.Interruption;
import io.obd.convert.MediaTypeFamily;
import io.obd.convert.TreeTarget;
import io.obd.convert.WorkDirectory;
import io.obd.engines.NativeLayers;
import io.obd.engines.TurboOciFileSystem;
import io.obd.linux.Reason;
import io.obd.registry.Descriptor;
import io.obd.registry.MediaTypes;
import io.obd.registry.RegistryClient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Reads the flags, converts, and says how it went. */
@Command(
        name = "convertor",
        sortOptions = false,
        description =
                "Makes an overlaybd image of an OCI or Docker image, under another tag of the same repository or elsewhere.")
final class ConvertCommand implements Callable<Integer> {
    private static final int INTERRUPTED = 130;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Mixin
    private PlaceOptions places = new PlaceOptions();

    @Option(names = "--overlaybd", paramLabel = "TAG", description = "tag of the result in the native format")
    private String overlaybd = "";

    @Mixin
    private TurboOciOptions turboOci = new TurboOciOptions();

    @Mixin
    private RegistryOptions registry = new RegistryOptions();

    @Mixin
    private ResultOptions result = new ResultOptions();

    @Mixin
    private RecordOptions records = new RecordOptions();

    @Mixin
    private CompressionOptions compression = new CompressionOptions();

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @Option(
            names = {"-d", "--dir"},
            paramLabel = "DIR",
            defaultValue = "tmp_conv",
            description = "working directory (default: ${DEFAULT-VALUE})")
    private Path directory = Path.of("tmp_conv");

    @Option(
            names = "--reserve",
            arity = "0..1",
            fallbackValue = "true",
            description = "keep the layers' files in the working directory")
    private boolean reserve;

    @Option(
            names = "--disable-sparse",
            arity = "0..1",
            fallbackValue = "true",
            description =
                    "for the original's scripts: layers are written in one pass, there are no sparse files to avoid")
    private boolean disableSparse;

    @Option(
            names = "--json",
            arity = "0..1",
            fallbackValue = "true",
            description = "tell programs what happens: a JSON object per line on standard output")
    private boolean json;

    @Option(names = "--verbose", arity = "0..1", fallbackValue = "true", description = "debug log")
    private boolean verbose;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "show this text")
    @SuppressWarnings("UnusedVariable") // read by picocli
    private boolean help;

    @Override
    public Integer call() {
        IdleFlags idle = new IdleFlags(spec.commandLine().getParseResult());
        Task task = task(idle);
        if (verbose) {
            // Read by the log when the first logger is made.
            System.setProperty("tinylog.level", "debug");
        }
        Logger log = LoggerFactory.getLogger("convertor");
        idle.notes().forEach(log::warn);
        String title = nativeTag().isEmpty() ? "TurboOCIv1 image" : "overlaybd";
        try (Records known = records(task, log)) {
            for (Format format : formats(task)) {
                title = format.title();
                convert(task, format, known, log);
                log.info("{} build finished", format.title());
            }
            return ExitCode.OK;
        } catch (CancellationException e) {
            return INTERRUPTED;
        } catch (IOException e) {
            log.error("failed to build {}: {}", title, Reason.of(e));
            log.debug("the error in full", e);
            return ExitCode.SOFTWARE;
        }
    }

    private Records records(Task task, Logger log) throws IOException {
        try {
            return new Records(isRemembered(task) ? records.open(log) : Optional.empty());
        } catch (IllegalArgumentException e) {
            throw usage(e);
        }
    }

    /** What is not uploaded is not there next time, and files say themselves what they hold. */
    private boolean isRemembered(Task task) {
        return result.isUploaded() && task.target() instanceof Place.InRegistry;
    }

    /** What the flags say. */
    private Task task(IdleFlags idle) {
        try {
            Task task = new Task(places.source(), places.reference(), places.target());
            requireSense(task);
            findIdle(task, idle);
            return task;
        } catch (IllegalArgumentException e) {
            throw usage(e);
        }
    }

    private ParameterException usage(IllegalArgumentException e) {
        return new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }

    /**
     * From where to where.
     *
     * @param reference of the source
     */
    private record Task(Place source, String reference, Place target) {
        /** The registry that the user and password are for; empty if there is none. */
        String host() {
            if (source instanceof Place.InRegistry from) {
                return from.name().host();
            }
            return target instanceof Place.InRegistry to ? to.name().host() : "";
        }
    }

    /** @throws IllegalArgumentException if the flags make no sense */
    private void requireSense(Task task) {
        device.size();
        compression.compression();
        registry.requireSense();
        records.requireSense();
        if (result.concurrency() < 0) {
            throw new IllegalArgumentException("--concurrency-limit: 0 or more, not " + result.concurrency());
        }
        String turbo = turboOci.tag();
        if (nativeTag().isEmpty() && turbo.isEmpty()) {
            throw new IllegalArgumentException(
                    "the tag of the result is missing: give --output-tag, --overlaybd or --turboOCI");
        }
        if (!nativeTag().isEmpty()) {
            task.target().check(nativeTag());
        }
        if (!turbo.isEmpty()) {
            if (turbo.equals(nativeTag())) {
                throw new IllegalArgumentException(
                        "--overlaybd and --turboOCI: both results would have the tag " + turbo);
            }
            task.target().check(turbo);
            if (turboOciFileSystem() != TurboOciFileSystem.EXT4 && device.hasBaseLayer()) {
                throw new IllegalArgumentException(
                        "--mkfs=false: the base layer has an ext4, on which no other --fstype can be built");
            }
            if (!(task.source() instanceof Place.InRegistry) || !task.source().equals(task.target())) {
                throw new IllegalArgumentException("a turboOCI image refers to the layers of its source, and has to be"
                        + " in the same repository: files and --output-repository do not go with it");
            }
        }
    }

    /** @throws IllegalArgumentException for a flag that the original does not have */
    private void findIdle(Task task, IdleFlags idle) {
        if (disableSparse) {
            idle.note("--disable-sparse", "layers are written in one pass, without sparse files");
        }
        if (nativeTag().isEmpty()) {
            for (String flag : List.of("--algorithm", "--bs")) {
                idle.refuse(flag, "it is about native layers, and none are asked for");
            }
        }
        if (!places.outputTag().equals(nativeTag())) {
            idle.note("--output-tag", "the formats are named with their tags");
        }
        device.findIdle(idle);
        turboOci.findIdle(idle);
        places.findIdle(idle);
        registry.findIdle(idle, !task.host().isEmpty());
        records.findIdle(idle, isRemembered(task));
    }

    private void convert(Task task, Format format, Records known, Logger log) throws IOException {
        try (RegistryClient client = registry.client(task.host());
                Images images = new Images(client)) {
            Cancellation cancellation = new Cancellation();
            cancellation.closeOnCancel(client::abort);
            WorkDirectory work = reserve ? WorkDirectory.kept(directory) : WorkDirectory.create(directory);
            try (Interruption _ = Interruption.handle(cancellation, work, log);
                    Progress progress = Progress.choose(json, log, result.isUploaded())) {
                Totals totals = new Totals();
                Conversion.Surroundings surroundings = new Conversion.Surroundings(
                        finished(task.target(), format, client, known),
                        name -> totals.with(progress.image(name)),
                        log,
                        cancellation);
                // Before the target, which may be made: a source that is not there makes nothing.
                ConversionSource source = images.source(task.source());
                TreeTarget target = result.isUploaded()
                        ? images.target(task.target(), format.tag(), work.path().resolve("archive"))
                        : new DiscardedTree();
                Descriptor converted = new Conversion(
                                source,
                                format,
                                result,
                                result.types(task.target()),
                                work.path(),
                                directory,
                                surroundings)
                        .run(task.reference(), target);
                report(task.target().called(format.tag()), converted, totals.figures(), progress, log);
            }
        }
    }

    private void report(String name, Descriptor converted, Totals.Figures figures, Progress progress, Logger log) {
        progress.done(name, converted, figures);
        log.info(figures.text());
        String what = result.isUploaded() ? "converted to" : "nothing was uploaded; it would be";
        log.info("{} \"{}\", digest: \"{}\"", what, name, converted.digest());
    }

    private FinishedWork finished(Place target, Format format, RegistryClient client, Records known)
            throws IOException {
        if (!(target instanceof Place.InRegistry to)) {
            return FinishedWork.NONE;
        }
        String manifests = result.isReferrer() ? format.kind() + "/referrer" : format.kind();
        FinishedWork all = known.of(client.repository(to.name()), to.name(), format.kind(), manifests);
        return reserve || result.isDumped() ? new MadeAgain(all, reserve) : all;
    }

    private String nativeTag() {
        boolean named = !overlaybd.isEmpty() || !turboOci.tag().isEmpty();
        return named ? overlaybd : places.outputTag();
    }

    private TurboOciFileSystem turboOciFileSystem() {
        return turboOci.fileSystem()
                .orElseThrow(() -> new IllegalArgumentException("--fstype: neither ext4 nor erofs"));
    }

    private List<Format> formats(Task task) throws IOException {
        List<Format> formats = new ArrayList<>();
        MediaTypeFamily types = result.types(task.target());
        NativeLayers layers = new NativeLayers(types.layer(), compression.compression(), "");
        if (!nativeTag().isEmpty()) {
            formats.add(device.nativeFormat(nativeTag(), layers));
        }
        if (!turboOci.tag().isEmpty()) {
            String layer = types.equals(MediaTypeFamily.OCI) ? MediaTypes.OCI_LAYER_GZIP : MediaTypes.DOCKER_LAYER_GZIP;
            formats.add(device.turboOciFormat(turboOci.tag(), layer, layers, turboOciFileSystem()));
        }
        return formats;
    }
}
