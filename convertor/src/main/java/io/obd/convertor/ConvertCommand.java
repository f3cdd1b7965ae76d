package io.obd.convertor;

import io.obd.convert.Cancellation;
import io.obd.convert.ImageConversion;
import io.obd.convert.MediaTypeFamily;
import io.obd.convert.RepositorySource;
import io.obd.convert.RepositoryTarget;
import io.obd.convert.SourceImage;
import io.obd.convert.WorkDirectory;
import io.obd.engines.NativeEngine;
import io.obd.engines.NativeLayers;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import io.obd.registry.ImageReference;
import io.obd.registry.Platform;
import io.obd.registry.RegistryClient;
import io.obd.registry.Repository;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
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
            names = {"-o", "--output-tag", "--overlaybd"},
            required = true,
            paramLabel = "TAG",
            description = "tag of the result")
    private String outputTag = "";

    @Mixin
    private RegistryOptions registry = new RegistryOptions();

    @Option(names = "--oci", arity = "0..1", fallbackValue = "true", description = "OCI media types, not Docker's")
    private boolean oci;

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
        ImageReference target = reference(outputTag, "");
        if (vsize < 1 || vsize > MAX_DEVICE_GB) {
            throw usage("--vsize: from 1 to " + MAX_DEVICE_GB + " GB, not " + vsize);
        }
        if (verbose) {
            // Read by the log when the first logger is made.
            System.setProperty("tinylog.level", "debug");
        }
        Logger log = LoggerFactory.getLogger("convertor");
        try {
            Descriptor result = convert(source, target, log);
            log.info("converted to \"{}\", digest: \"{}\"", target, result.digest());
            log.info("overlaybd build finished");
            return ExitCode.OK;
        } catch (CancellationException e) {
            return INTERRUPTED;
        } catch (IOException e) {
            log.error("failed to build overlaybd: {}", reason(e));
            log.debug("the error in full", e);
            return ExitCode.SOFTWARE;
        }
    }

    private Descriptor convert(ImageReference source, ImageReference target, Logger log) throws IOException {
        MediaTypeFamily family = oci ? MediaTypeFamily.OCI : MediaTypeFamily.DOCKER;
        try (RegistryClient client = registry.client()) {
            Repository images = client.repository(source);
            RepositorySource from = new RepositorySource(images);
            SourceImage image = SourceImage.resolve(from, source.target(), Platform.host());
            Cancellation cancellation = new Cancellation();
            cancellation.closeOnCancel(client::abort);
            WorkDirectory work = WorkDirectory.create(directory);
            try (Interruption _ = Interruption.handle(cancellation, work, log);
                    Progress progress = Progress.forThisTerminal(log)) {
                NativeEngine engine = new NativeEngine(work.path(), vsize * GB, NativeLayers.of(family.layer()));
                RepositoryTarget to = new RepositoryTarget(images, target.target());
                return new ImageConversion(from, to, engine, family, work.path(), progress, cancellation).run(image);
            }
        }
    }

    private ImageReference source() {
        if (inputTag.isEmpty() && inputDigest.isEmpty()) {
            throw usage("the source is missing: give --input-tag or --input-digest");
        }
        return inputTag.isEmpty() ? reference("", inputDigest) : reference(inputTag, "");
    }

    private ImageReference reference(String tag, String digest) {
        try {
            ImageReference name = ImageReference.parse(repository);
            if (name.tag() != null || name.digest() != null) {
                throw usage("--repository: a name without tag and digest is expected, not " + repository);
            }
            return digest.isEmpty() ? name.withTag(tag) : name.withDigest(Digest.parse(digest));
        } catch (IllegalArgumentException e) {
            throw usage(String.valueOf(e.getMessage()));
        }
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
