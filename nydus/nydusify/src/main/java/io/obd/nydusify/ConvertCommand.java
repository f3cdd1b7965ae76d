package io.obd.nydusify;

import io.obd.convert.ConversionException;
import io.obd.convert.FinishedWork;
import io.obd.convert.Interruption;
import io.obd.convert.TreeConversion;
import io.obd.convert.TreeOptions;
import io.obd.convert.WorkDirectory;
import io.obd.registry.Descriptor;
import io.obd.registry.GoDuration;
import io.obd.registry.ImageReference;
import io.obd.registry.MediaTypes;
import io.obd.registry.Platform;
import io.obd.registry.Repository;
import io.obd.registry.RetryPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Makes a nydus image of an ordinary one, or an ordinary one of a nydus image. */
@Command(name = "convert", sortOptions = false, description = "Makes a nydus image of an OCI or Docker image.")
final class ConvertCommand implements Callable<Integer> {
    /** What can be said about the way back. */
    private static final Set<String> WITH_REVERSE = Set.of(
            "--reverse",
            "--source",
            "--source-archive",
            "--source-insecure",
            "--target",
            "--target-suffix",
            "--target-archive",
            "--target-insecure",
            "--plain-http",
            "--platform",
            "--work-dir",
            "--nydus-image",
            "--docker-v2-format",
            "--push-retry-count",
            "--push-retry-delay",
            "--debug",
            "--log-level",
            "--log-file");

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Mixin
    private ConvertPlaces places = new ConvertPlaces();

    @Mixin
    private RegistryFlags registries = new RegistryFlags();

    @Option(
            names = "--plain-http",
            arity = "0..1",
            fallbackValue = "true",
            description = "plain HTTP to the registry of the target")
    private boolean plainHttp;

    @Mixin
    private PlatformOption platform = new PlatformOption();

    @Option(
            names = "--all-platforms",
            arity = "0..1",
            fallbackValue = "true",
            description = "all images of an index; the result is an index")
    private boolean allPlatforms;

    @Option(
            names = {"--merge-platform", "--multi-platform"},
            arity = "0..1",
            fallbackValue = "true",
            description = "the result is an index with the ordinary image and the nydus image")
    private boolean merged;

    @Option(
            names = "--with-referrer",
            arity = "0..1",
            fallbackValue = "true",
            description = "the result refers to the source, and is found from it")
    private boolean referrer;

    @Option(
            names = "--oci",
            arity = "0..1",
            fallbackValue = "true",
            description = "OCI media types, also for a Docker image")
    private boolean oci;

    @Option(
            names = "--reverse",
            arity = "0..1",
            fallbackValue = "true",
            description = "make an ordinary image of a nydus image")
    private boolean reverse;

    @Option(names = "--docker-v2-format", hidden = true, arity = "0..1", fallbackValue = "true")
    private boolean docker;

    @Mixin
    private RafsOptions rafs = new RafsOptions();

    @Mixin
    private DictionaryOptions dictionary = new DictionaryOptions();

    @Mixin
    private CacheOptions cache = new CacheOptions();

    @Mixin
    private BackendOptions backend = new BackendOptions();

    @Mixin
    private ProgramOptions programs = new ProgramOptions();

    @Option(
            names = "--work-dir",
            paramLabel = "DIR",
            defaultValue = "./tmp",
            description = "for files on their way; the bootstraps stay in it (default: ${DEFAULT-VALUE})")
    private Path directory = Path.of("tmp");

    @Option(names = "--output-json", paramLabel = "FILE", description = "write figures of the conversion to this file")
    private @Nullable Path outputJson;

    @Option(
            names = "--push-retry-count",
            paramLabel = "COUNT",
            defaultValue = "3",
            description =
                    "how often a request is sent again that failed for a passing reason (default: ${DEFAULT-VALUE})")
    private int retries = 3;

    @Option(
            names = "--push-retry-delay",
            paramLabel = "DURATION",
            defaultValue = "5s",
            description = "how long to wait before that at most (default: ${DEFAULT-VALUE})")
    private String retryDelay = "5s";

    /**
     * What the options say.
     *
     * @param cached the image that is the build cache
     */
    private record Task(
            Place source,
            Place target,
            List<Platform> platforms,
            RafsOptions.Choice choice,
            Optional<DictionaryOptions.Choice> dictionary,
            Optional<ImageReference> cached) {}

    @Override
    public Integer call() throws IOException {
        backend.requireRegistry();
        Place target = places.target();
        requireDirectoryOfFigures();
        if (reverse) {
            refuseWithReverse();
            Place source = places.source();
            Platform wanted = platform.single();
            return Job.run("convert " + source, retryPolicy(), job -> reverse(job, source, target, wanted));
        }
        Task task = new Task(
                places.source(),
                target,
                allPlatforms ? List.of() : platform.platforms(),
                rafs.choice(System.in),
                dictionary.choice(),
                cache.image(target));
        return Job.run("convert " + task.source(), retryPolicy(), job -> convert(job, task));
    }

    /** The figures are written when everything is there: that they cannot be is to be known before. */
    private void requireDirectoryOfFigures() {
        if (outputJson == null) {
            return;
        }
        Path parent = outputJson.toAbsolutePath().getParent();
        if (parent == null || !Files.isDirectory(parent)) {
            throw new ParameterException(spec.commandLine(), "--output-json: " + parent + " is no directory");
        }
        if (Files.isDirectory(outputJson)) {
            throw new ParameterException(spec.commandLine(), "--output-json: " + outputJson + " is a directory");
        }
    }

    private void refuseWithReverse() {
        for (OptionSpec option : spec.commandLine().getParseResult().matchedOptions()) {
            if (!WITH_REVERSE.contains(option.longestName())) {
                throw new ParameterException(spec.commandLine(), option.longestName() + " does not go with --reverse");
            }
        }
    }

    private void reverse(Job job, Place from, Place to, Platform wanted) throws IOException {
        tellWhatHasNoEffect(job);
        Images.Source source = job.images().source(from, registries.source());
        ParsedImage image = ParsedImage.read(source.content(), from.toString(), source.reference(), wanted);
        ImageDocuments nydus = image.nydus();
        if (nydus == null) {
            throw new ConversionException(from + " is no nydus image");
        }
        if (!NydusFormat.endsWithBootstrap(nydus.manifest())) {
            throw new ConversionException(from + ": the last layer is none with a bootstrap");
        }
        WorkDirectory work = WorkDirectory.create(directory);
        try (Interruption _ = Interruption.handle(job.cancellation(), work, job.log())) {
            Images.Target target =
                    job.images().target(to, transport(), from, work.path().resolve("archive"));
            FetchedBlobs blobs =
                    new FetchedBlobs(source.content(), nydus.manifest().layers(), source.sizes(), work.path());
            boolean isOci = nydus.descriptor().mediaType().equals(MediaTypes.OCI_MANIFEST);
            OrdinaryLayers layers = new OrdinaryLayers(
                    blobs, isOci ? MediaTypes.OCI_LAYER_GZIP : MediaTypes.DOCKER_LAYER_GZIP, job.log());
            Descriptor converted = new ReverseConversion(
                            nydus, layers, target.tree().image(true), job.log(), job.cancellation())
                    .run();
            job.log().info("converted {} to {}, digest: {}", from, to, converted.digest());
        }
    }

    private void tellWhatHasNoEffect(Job job) {
        programs.tell(job.log());
        if (docker) {
            job.log().info("--docker-v2-format: the result is of the source's kind, which it is anyway without --oci");
        }
    }

    private RetryPolicy retryPolicy() {
        if (retries < 0) {
            throw new ParameterException(spec.commandLine(), "--push-retry-count: 0 or more, not " + retries);
        }
        try {
            Duration longest = GoDuration.parse(retryDelay);
            Duration first = RetryPolicy.DEFAULT.firstDelay();
            return new RetryPolicy(retries + 1, longest.compareTo(first) < 0 ? longest : first, longest);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--push-retry-delay: " + e.getMessage(), e);
        }
    }

    private void convert(Job job, Task task) throws IOException {
        tellWhatHasNoEffect(job);
        // Before the target, which may be made: a source that is not there makes nothing.
        Images.Source source = job.images().source(task.source(), registries.source());
        WorkDirectory work = WorkDirectory.create(directory);
        Metrics metrics = new Metrics();
        try (Interruption _ = Interruption.handle(job.cancellation(), work, job.log())) {
            Images.Target target = job.images()
                    .target(
                            task.target(),
                            transport(),
                            task.source(),
                            work.path().resolve("archive"));
            Dictionary shared = openDictionary(job, task, target, work.path());
            Optional<BuildCache> known = openCache(job, task, shared, work.path());
            NydusConversion.Surroundings surroundings = new NydusConversion.Surroundings(
                    work.path(), directory.resolve("bootstraps"), metrics, job.log(), job.cancellation());
            Descriptor converted = convert(job, task, source, target, shared, known, surroundings);
            if (known.isPresent()) {
                known.get().push();
            }
            job.log().info("converted {} to {}, digest: {}", task.source(), task.target(), converted.digest());
        }
        if (outputJson != null) {
            metrics.write(outputJson);
        }
    }

    private Descriptor convert(
            Job job,
            Task task,
            Images.Source source,
            Images.Target target,
            @Nullable Dictionary shared,
            Optional<BuildCache> known,
            NydusConversion.Surroundings surroundings)
            throws IOException {
        NydusTree tree = new NydusTree(target.tree());
        BlobCopy blobs =
                new BlobCopy(source.content(), target.blobs(), surroundings.work(), job.log(), job.cancellation());
        boolean ociTypes = task.choice().refers() || (oci && !docker);
        NydusConversion step = new NydusConversion(
                source,
                nameOf(task.source()),
                tree,
                blobs,
                task.choice(),
                shared,
                new NydusConversion.Shape(ociTypes, merged, referrer),
                new NydusConversion.Earlier(
                        known.<FinishedWork>map(it -> it).orElse(FinishedWork.NONE), target.readers()),
                surroundings);
        return new TreeConversion(
                        source.content(),
                        tree,
                        new TreeOptions(task.platforms(), 1, ociTypes ? MediaTypes.OCI_INDEX : null, null),
                        step,
                        (entry, reason) -> job.log().warn("{} {}: left out", entry.digest(), reason),
                        job.cancellation())
                .run(source.reference());
    }

    private static String nameOf(Place source) {
        return source.name() == null ? source.toString() : source.name().toString();
    }

    private Transport transport() {
        return plainHttp ? Transport.PLAIN_HTTP : registries.target();
    }

    private @Nullable Dictionary openDictionary(Job job, Task task, Images.Target target, Path work)
            throws IOException {
        if (task.dictionary().isEmpty()) {
            return null;
        }
        Platform wanted =
                task.platforms().isEmpty() ? Platform.host() : task.platforms().getFirst();
        return new Dictionaries(
                        job,
                        task.target(),
                        transport(),
                        target.readers(),
                        task.choice().image(),
                        wanted,
                        work)
                .open(task.dictionary().get());
    }

    private Optional<BuildCache> openCache(Job job, Task task, @Nullable Dictionary shared, Path work)
            throws IOException {
        if (task.cached().isEmpty() || !(task.target() instanceof Place.InRegistry registry)) {
            return Optional.empty();
        }
        ImageReference name = task.cached().get();
        Repository target = job.registries().repository(registry.name(), transport());
        Repository repository = job.registries().repository(name, cache.transport());
        boolean sameRegistry = name.host().equals(registry.name().host());
        BuildCache.Fit fit =
                new BuildCache.Fit(task.choice().blobs(), task.choice().refers(), shared);
        return Optional.of(BuildCache.open(
                repository,
                name,
                target,
                cache.limits(),
                fit,
                new BlobMove(sameRegistry, work, job.log(), job.cancellation())::bring,
                job.log()));
    }
}
