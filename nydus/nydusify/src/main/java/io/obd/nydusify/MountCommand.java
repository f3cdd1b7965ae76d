package io.obd.nydusify;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.obd.convert.Interruption;
import io.obd.convert.WorkDirectory;
import io.obd.linux.Mount;
import io.obd.linux.MountTable;
import io.obd.linux.Mounts;
import io.obd.registry.Credentials;
import io.obd.registry.ImageReference;
import io.obd.registry.Platform;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Mounts a nydus image of a registry until the process is told to end. */
@Command(
        name = "mount",
        aliases = "view",
        sortOptions = false,
        description = "Mounts a nydus image with nydusd, until it is interrupted.")
final class MountCommand implements Callable<Integer> {
    @Option(
            names = "--target",
            required = true,
            converter = ImageNameConverter.class,
            paramLabel = "IMAGE",
            description = "what to mount")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private ImageReference target;

    @Option(
            names = "--target-insecure",
            arity = "0..1",
            fallbackValue = "true",
            description = "any certificate of the registry, or plain HTTP")
    private boolean insecure;

    @Mixin
    private PlatformOption platform = new PlatformOption();

    @Mixin
    private BackendOptions backend = new BackendOptions();

    @Option(
            names = "--mount-path",
            paramLabel = "DIR",
            defaultValue = "./image-fs",
            description = "where; made if it is not there (default: ${DEFAULT-VALUE})")
    private Path mountPath = Path.of("image-fs");

    @Option(
            names = "--prefetch",
            arity = "0..1",
            fallbackValue = "true",
            description = "fetch all files before they are asked for")
    private boolean prefetch;

    @Option(
            names = "--nydusd",
            paramLabel = "FILE",
            defaultValue = "nydusd",
            description = "the program that serves the files (default: ${DEFAULT-VALUE})")
    private String nydusd = "nydusd";

    @Option(
            names = "--work-dir",
            paramLabel = "DIR",
            defaultValue = "./tmp",
            description = "for the bootstrap and the cache (default: ${DEFAULT-VALUE})")
    private Path directory = Path.of("tmp");

    @Override
    public Integer call() {
        backend.requireRegistry();
        Platform wanted = platform.single();
        return Job.run("mount " + target, job -> mount(job, wanted));
    }

    private void mount(Job job, Platform wanted) throws IOException {
        Transport transport = Transport.insecure(insecure);
        Images.Source source = job.images().source(new Place.InRegistry(target), transport);
        ParsedImage image = ParsedImage.read(source.content(), target.toString(), source.reference(), wanted);
        if (image.nydus() == null) {
            throw new IOException(target + " is no nydus image");
        }
        WorkDirectory work = WorkDirectory.create(directory);
        try (Interruption _ = Interruption.handle(job.cancellation(), work, job.log())) {
            Path bootstrap = work.path().resolve(NydusFormat.BOOTSTRAP_FILE);
            new BootstrapRule(image, image.nydus(), bootstrap).check();
            Path config = work.path().resolve("nydusd.json");
            boolean plain = transport == Transport.INSECURE && !job.registries().speaksTls(target);
            Files.write(config, configuration(work.path().resolve("cache"), plain ? "http" : "https"));
            serve(job, bootstrap, config);
        }
    }

    private byte[] configuration(Path cache, String scheme) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode config = mapper.createObjectNode();
        ObjectNode device = config.putObject("device");
        ObjectNode registry =
                device.putObject("backend").put("type", "registry").putObject("config");
        registry.put("scheme", scheme);
        registry.put("host", target.apiHost());
        registry.put("repo", target.repository());
        registry.put("skip_verify", insecure);
        device.putObject("cache")
                .put("type", "blobcache")
                .putObject("config")
                .put("work_dir", Files.createDirectories(cache).toAbsolutePath().toString());
        config.put("mode", "direct");
        config.put("digest_validate", false);
        config.put("enable_xattr", true);
        config.putObject("fs_prefetch").put("enable", prefetch).put("prefetch_all", prefetch);
        return mapper.writeValueAsBytes(config);
    }

    private void serve(Job job, Path bootstrap, Path config) throws IOException {
        // Not when nydusd is gone: its mount cannot be looked into then.
        Path mountpoint = Files.createDirectories(mountPath).toRealPath();
        Optional<Mount> below = MountTable.read().at(mountpoint);
        ProcessBuilder command = new ProcessBuilder(List.of(
                        nydusd,
                        "--config",
                        config.toString(),
                        "--bootstrap",
                        bootstrap.toString(),
                        "--mountpoint",
                        mountpoint.toString(),
                        "--log-level",
                        "warn"))
                .inheritIO();
        Optional<Credentials> credentials = job.registries().credentials(target);
        if (credentials.isPresent() && credentials.get() instanceof Credentials.UserPassword user) {
            byte[] pair = (user.user() + ":" + user.password()).getBytes(StandardCharsets.UTF_8);
            // Not in the configuration, which is a file.
            command.environment().put("IMAGE_PULL_AUTH", Base64.getEncoder().encodeToString(pair));
        }
        job.cancellation().check();
        Process process = command.start();
        // nydusd unmounts when it is told to end.
        job.cancellation().closeOnCancel(process::destroy);
        job.log().info("{} is mounted at {} by process {}", target, mountPath, process.pid());
        int status = process.onExit().join().exitValue();
        unmountDownTo(below, mountpoint);
        job.cancellation().check();
        if (status != 0) {
            throw new IOException(nydusd + " ended with status " + status);
        }
    }

    /** A nydusd that was killed leaves its mount. */
    private static void unmountDownTo(Optional<Mount> below, Path mountpoint) throws IOException {
        Optional<Mount> top = MountTable.read().at(mountpoint);
        while (top.isPresent() && !top.map(Mount::id).equals(below.map(Mount::id))) {
            new Mounts().unmountLazily(mountpoint);
            top = MountTable.read().at(mountpoint);
        }
    }
}
