package io.obd.nydusify;

import io.obd.registry.ImageReference;
import io.obd.registry.Platform;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Checks a nydus image, and that it is the image that it was made of. */
@Command(
        name = "check",
        sortOptions = false,
        description =
                "Checks an image's manifest, its bootstrap and every byte of its files, against those of its source.")
final class CheckCommand implements Callable<Integer> {
    @Option(
            names = "--source",
            converter = ImageNameConverter.class,
            paramLabel = "IMAGE",
            description = "what the target was made of")
    private @Nullable ImageReference source;

    @Option(
            names = "--target",
            required = true,
            converter = ImageNameConverter.class,
            paramLabel = "IMAGE",
            description = "what to check")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private ImageReference target;

    @Mixin
    private RegistryFlags registries = new RegistryFlags();

    @Option(
            names = "--multi-platform",
            arity = "0..1",
            fallbackValue = "true",
            description = "the target has to be an index with both an ordinary image and a nydus image")
    private boolean bothWanted;

    @Mixin
    private PlatformOption platform = new PlatformOption();

    @Option(
            names = "--work-dir",
            paramLabel = "DIR",
            defaultValue = "./output",
            description = "for documents and bootstraps, which stay there; what is in it is removed first"
                    + " (default: ${DEFAULT-VALUE})")
    private Path directory = Path.of("output");

    @Mixin
    private BackendOptions backend = new BackendOptions();

    @Mixin
    private ProgramOptions programs = new ProgramOptions();

    @Option(names = "--nydusd", paramLabel = "FILE", description = "for the original's scripts: nothing is mounted")
    private String nydusd = "";

    @Override
    public Integer call() {
        backend.requireRegistry();
        Platform wanted = platform.single();
        return Job.run("check " + target, job -> check(job, wanted));
    }

    private void check(Job job, Platform wanted) throws IOException {
        programs.tell(job.log());
        if (!nydusd.isEmpty()) {
            job.log().info("--nydusd has no effect: nothing is mounted");
        }
        Images.Source to = source(job, target, registries.target());
        ParsedImage checked = ParsedImage.read(to.content(), target.toString(), to.reference(), wanted);
        Images.Source from = source == null ? to : source(job, source, registries.source());
        ParsedImage original = source == null
                ? checked
                : ParsedImage.read(from.content(), source.toString(), from.reference(), wanted);
        new ImageCheck(original, from.sizes(), checked, to.sizes(), directory, bothWanted).run();
        job.log().info("verified image {}", target);
    }

    private static Images.Source source(Job job, ImageReference name, Transport transport) throws IOException {
        return job.images().source(new Place.InRegistry(name), transport);
    }
}
