package io.obd.convertor;

import io.obd.convert.Cancellation;
import io.obd.convert.FinishedWork;
import io.obd.convert.MediaTypeFamily;
import io.obd.convert.RepositorySource;
import io.obd.convert.WorkDirectory;
import io.obd.engines.NativeLayers;
import io.obd.engines.TurboOciFileSystem;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import io.obd.registry.ImageReference;
import io.obd.registry.MediaTypes;
import io.obd.registry.RegistryClient;
import io.obd.registry.Repository;
import java.io.IOException;
import java.nio.file.FileSystemException;
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
        description = "Makes an overlaybd image of an OCI or Docker image, under another tag of the same repository.")
final class ConvertCommand implements Callable<Integer> {
    private static final int INTERRUPTED = 130;
    private static final long GB = 1L << 30;
    private static final long MAX_DEVICE_GB = 16 * 1024;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(
            names = {"-r", "--repository"},
            required = true,
            paramLabel = "HOST[:PORT]/NAME",
            description = "repository of the source and of the result")
    private String repository = "";

    @Option(
            names = {"-i", "--input-tag"},
            paramLabel = "TAG",
            description = "tag of the source")
    private String inputTag = "";

    @Option(
            names = {"-g", "--input-digest"},
            paramLabel = "DIGEST",
            description = "digest of the source, where it has no tag")
    private String inputDigest = "";

    @Option(
            names = {"-o", "--output-tag"},
            paramLabel = "TAG",
            description = "tag of the result, unless the format is named with the tag")
    private String outputTag = "";

    @Option(names = "--overlaybd", paramLabel = "TAG", description = "tag of the result in the native format")
    private String overlaybd = "";

    @Option(
            names = "--output-repository",
            paramLabel = "HOST[:PORT]/NAME",
            description =
                    "repository of the result, if it is another one; its password comes from the docker config file")
    private String outputRepository = "";

    @Mixin
    private TurboOciOptions turboOci = new TurboOciOptions();

    @Mixin
    private RegistryOptions registry = new RegistryOptions();

    @Mixin
    private ResultOptions result = new ResultOptions();

    @Mixin
    private RecordOptions records = new RecordOptions();

    @Option(
            names = "--vsize",
            paramLabel = "GB",
            defaultValue = "64",
            description = "size of the device (default: ${DEFAULT-VALUE})")
    private long vsize;

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
        ImageReference source = source();
        List<Format> formats = formats();
        ImageReference target = target();
        if (vsize < 1 || vsize > MAX_DEVICE_GB) {
            throw usage("--vsize: from 1 to " + MAX_DEVICE_GB + " GB, not " + vsize);
        }
        if (result.concurrency() < 0) {
            throw usage("--concurrency-limit: 0 or more, not " + result.concurrency());
        }
        if (verbose) {
            // Read by the log when the first logger is made.
            System.setProperty("tinylog.level", "debug");
        }
        Logger log = LoggerFactory.getLogger("convertor");
        if (disableSparse) {
            log.info("--disable-sparse has no effect: layers are written in one pass, without sparse files");
        }
        Format current = formats.getFirst();
        try (Records known = records(log)) {
            for (Format format : formats) {
                current = format;
                Descriptor converted = convert(source, target, format, known, log);
                log.info("converted to \"{}\", digest: \"{}\"", target.withTag(format.tag()), converted.digest());
                log.info("{} build finished", format.title());
            }
            return ExitCode.OK;
        } catch (CancellationException e) {
            return INTERRUPTED;
        } catch (IOException e) {
            log.error("failed to build {}: {}", current.title(), reason(e));
            log.debug("the error in full", e);
            return ExitCode.SOFTWARE;
        }
    }

    private Records records(Logger log) throws IOException {
        try {
            // What is not uploaded is not there next time.
            return new Records(result.isUploaded() ? records.open(log) : Optional.empty());
        } catch (IllegalArgumentException e) {
            throw usage(String.valueOf(e.getMessage()));
        }
    }

    private Descriptor convert(ImageReference source, ImageReference target, Format format, Records known, Logger log)
            throws IOException {
        try (RegistryClient client = registry.client(source.host())) {
            Cancellation cancellation = new Cancellation();
            cancellation.closeOnCancel(client::abort);
            Repository images = client.repository(target);
            boolean other = result.isReferrer() && !format.kind().isEmpty();
            String kind = other ? format.kind() + "/referrer" : format.kind();
            FinishedWork finished = known.of(images, target, kind);
            WorkDirectory work = reserve ? WorkDirectory.kept(directory) : WorkDirectory.create(directory);
            try (Interruption _ = Interruption.handle(cancellation, work, log);
                    Progress progress = Progress.forThisTerminal(log)) {
                RepositorySource from = new RepositorySource(client.repository(source));
                return new Conversion(
                                from, format, result, work.path(), directory, progress, finished, cancellation, log)
                        .run(source.target(), images);
            }
        }
    }

    private List<Format> formats() {
        boolean named = !overlaybd.isEmpty() || !turboOci.tag().isEmpty();
        String nativeTag = named ? overlaybd : outputTag;
        List<Format> formats = new ArrayList<>();
        if (!nativeTag.isEmpty()) {
            formats.add(ofNative(nativeTag));
        }
        if (!turboOci.tag().isEmpty()) {
            formats.add(ofTurboOci());
        }
        if (formats.isEmpty()) {
            throw usage("the tag of the result is missing: give --output-tag, --overlaybd or --turboOCI");
        }
        return formats;
    }

    private Format ofNative(String tag) {
        reference(tag, "");
        return Format.ofNative(tag, NativeLayers.of(family().layer()), vsize * GB);
    }

    private Format ofTurboOci() {
        reference(turboOci.tag(), "");
        TurboOciFileSystem fileSystem =
                turboOci.fileSystem().orElseThrow(() -> usage("--fstype: neither ext4 nor erofs"));
        if (!outputRepository.isEmpty() && !outputRepository.equals(repository)) {
            throw usage("--output-repository: a turboOCI image refers to the layers of its source, and has to be in the"
                    + " same repository");
        }
        String layer = result.isOci() ? MediaTypes.OCI_LAYER_GZIP : MediaTypes.DOCKER_LAYER_GZIP;
        return Format.ofTurboOci(turboOci.tag(), layer, vsize * GB, fileSystem);
    }

    private MediaTypeFamily family() {
        return result.isOci() ? MediaTypeFamily.OCI : MediaTypeFamily.DOCKER;
    }

    private ImageReference target() {
        return outputRepository.isEmpty()
                ? name("--repository", repository)
                : name("--output-repository", outputRepository);
    }

    private ImageReference source() {
        if (inputTag.isEmpty() && inputDigest.isEmpty()) {
            throw usage("the source is missing: give --input-tag or --input-digest");
        }
        return inputTag.isEmpty() ? reference("", inputDigest) : reference(inputTag, "");
    }

    private ImageReference reference(String tag, String digest) {
        ImageReference name = name("--repository", repository);
        try {
            return digest.isEmpty() ? name.withTag(tag) : name.withDigest(Digest.parse(digest));
        } catch (IllegalArgumentException e) {
            throw usage(String.valueOf(e.getMessage()));
        }
    }

    private ImageReference name(String flag, String text) {
        ImageReference name;
        try {
            name = ImageReference.parse(text);
        } catch (IllegalArgumentException e) {
            throw usage(flag + ": " + e.getMessage());
        }
        if (name.tag() != null || name.digest() != null) {
            throw usage(flag + ": a name without tag and digest is expected, not " + text);
        }
        return name;
    }

    private ParameterException usage(String problem) {
        return new ParameterException(spec.commandLine(), problem);
    }

    private static String reason(IOException e) {
        String message = e.getMessage();
        return message == null || e instanceof FileSystemException
                ? e.getClass().getSimpleName() + ": " + message
                : message;
    }
}
