package io.obd.nydusimage;

import io.obd.rafs.Bootstrap;
import io.obd.rafs.Digester;
import io.obd.rafs.build.BuiltImage;
import io.obd.rafs.build.ImageMerger;
import io.obd.rafs.build.InconsistentLayersException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes one image of the bootstraps of its layers. */
@Command(
        name = "merge",
        sortOptions = false,
        description = "Makes one image of the bootstraps of its layers, the lowest first.")
final class Merge implements Callable<Integer> {
    private static final int INCONSISTENT = 2;

    private final InputStream in;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Parameters(
            index = "0..*",
            arity = "1..*",
            paramLabel = "SOURCE",
            description = "a layer's bootstrap, in a file whose name is the identity of its blob, or that blob itself")
    private List<Path> sources = List.of();

    @ArgGroup(exclusive = false, multiplicity = "1")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Target target;

    @Option(names = "--parent-bootstrap", description = "image that the layers are put upon")
    private @Nullable Path parent;

    @Mixin
    private DictionaryOption dictionary = new DictionaryOption();

    @Mixin
    private PrefetchOption prefetch = new PrefetchOption();

    @Mixin
    private LayerBlobs known = new LayerBlobs();

    @Option(
            names = {"-C", "--config"},
            hidden = true,
            description = "accepted: no blob is read")
    @SuppressWarnings("UnusedVariable") // read by picocli
    private @Nullable Path config;

    @Mixin
    private SummaryOption summary = new SummaryOption();

    /** Where the bootstrap goes. */
    static final class Target {
        @Option(
                names = {"-B", "--bootstrap"},
                description = "file for the bootstrap")
        private @Nullable Path bootstrap;

        @Option(
                names = {"-D", "--blob-dir"},
                description = "directory for the bootstrap, which gets its SHA-256 as name; without effect beside -B")
        private Path directory = Path.of("");

        Path of(ByteBuffer bytes) {
            return bootstrap == null
                    ? directory.resolve(HexFormat.of()
                            .formatHex(Digester.SHA256.digest(bytes.duplicate()).toBytes()))
                    : bootstrap;
        }
    }

    /** @param in with the paths to prefetch */
    Merge(InputStream in) {
        this.in = in;
    }

    @Override
    public Integer call() throws IOException {
        long start = System.nanoTime();
        known.check(sources.size());
        ImageMerger merger = new ImageMerger(prefetch.read(in));
        if (parent != null) {
            merger.upon(Bootstrap.load(parent));
        }
        Path shared = dictionary.path();
        if (shared != null) {
            merger.withDictionary(Bootstrap.load(shared));
        }
        List<ImageMerger.Layer> layers = new ArrayList<>();
        for (Path source : sources) {
            int layer = layers.size();
            layers.add(
                    new ImageMerger.Layer(source.toString(), Bootstrap.load(source), blob -> known.apply(layer, blob)));
        }
        BuiltImage image;
        try {
            image = merger.merge(layers);
        } catch (InconsistentLayersException e) {
            spec.commandLine().getErr().println("nydus-image merge: " + e.getMessage());
            return INCONSISTENT;
        }
        Path written = target.of(image.bootstrap());
        NewFile.write(written, image.bootstrap());
        summary.write(() -> Summary.built(written, image, layers.getFirst().image(), start));
        return 0;
    }
}
