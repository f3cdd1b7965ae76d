package io.obd.nydusify;

import io.obd.convert.Interruption;
import io.obd.convert.WorkDirectory;
import io.obd.registry.Descriptor;
import io.obd.registry.ImageReference;
import io.obd.registry.Platform;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Copies an image, nydus or not, as it is. */
@Command(
        name = "copy",
        sortOptions = false,
        description = "Copies an image between registries, or from or to a tar of an OCI layout.")
final class CopyCommand implements Callable<Integer> {
    /** Less would be a request for next to nothing, and millions of them for a large blob. */
    private static final long SMALLEST_PIECE = 64 << 10;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(
            names = "--source",
            required = true,
            converter = PlaceConverter.class,
            paramLabel = "IMAGE|file://TAR",
            description = "what to copy")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Place source;

    @Option(
            names = "--target",
            required = true,
            converter = PlaceConverter.class,
            paramLabel = "IMAGE|file://TAR",
            description = "where to; a file must not be there yet")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Place target;

    @Mixin
    private RegistryFlags registries = new RegistryFlags();

    @Option(names = "--all-platforms", arity = "0..1", fallbackValue = "true", description = "all images of an index")
    private boolean allPlatforms;

    @Option(
            names = "--push-chunk-size",
            converter = ByteSizeConverter.class,
            paramLabel = "SIZE",
            defaultValue = "0MB",
            description = "most bytes of a blob that are sent with one request (default: 16 MiB)")
    private long pushChunk;

    @Mixin
    private BackendOptions backend = new BackendOptions();

    @Mixin
    private ProgramOptions programs = new ProgramOptions();

    @Mixin
    private PlatformOption platform = new PlatformOption();

    @Option(
            names = "--work-dir",
            paramLabel = "DIR",
            defaultValue = "./tmp",
            description = "for blobs on their way (default: ${DEFAULT-VALUE})")
    private Path directory = Path.of("tmp");

    @Override
    public Integer call() {
        backend.requireRegistry();
        ImageReference name = target.name();
        if (name != null && name.digest() != null) {
            throw wrong("--target: a tag is needed, not a digest");
        }
        if (pushChunk != 0 && pushChunk < SMALLEST_PIECE) {
            throw wrong("--push-chunk-size: 64KiB or more, not " + pushChunk + " bytes");
        }
        List<Platform> platforms = allPlatforms ? List.of() : platform.platforms();
        return Job.run("copy " + source, job -> copy(job, platforms));
    }

    private ParameterException wrong(String problem) {
        return new ParameterException(spec.commandLine(), problem);
    }

    private void copy(Job job, List<Platform> platforms) throws IOException {
        programs.tell(job.log());
        // Before the target, which may be made: a source that is not there makes nothing.
        Images.Source from = job.images().source(source, registries.source());
        WorkDirectory work = WorkDirectory.create(directory);
        try (Interruption _ = Interruption.handle(job.cancellation(), work, job.log())) {
            Images.Target to = job.images()
                    .target(target, registries.target(), source, work.path().resolve("archive"), pushChunk);
            Descriptor copied = new ImageCopy(from, to, work.path(), job.log(), job.cancellation()).run(platforms);
            job.log().info("copied {} to {}, digest: {}", source, target, copied.digest());
        }
    }
}
