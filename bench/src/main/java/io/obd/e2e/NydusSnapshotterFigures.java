package io.obd.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/**
 * Figures of the nydus snapshotter with a nydus image of 1.1 MB, of the golden files: its pull, the first Prepare on top of it,
 * and the memory of a shared daemon with more and more images, which are the same but for a file beside the bootstrap.
 */
public final class NydusSnapshotterFigures {
    private static final String REPOSITORY = "figures/busybox";
    private static final int ROUNDS = 5;

    private final Path golden;
    private final Path work;
    private final NydusStack stack;

    private NydusSnapshotterFigures(Path golden, Path work, NydusStack stack) {
        this.golden = golden;
        this.work = work;
        this.stack = stack;
    }

    /**
     * Prints the figures.
     *
     * @param arguments the repository, a directory that is made and removed, and numbers of images
     */
    public static void main(String[] arguments) throws Exception {
        Path repository = Path.of(arguments[0]).toRealPath();
        Path golden = repository.resolve("e2e/src/test/resources/golden");
        Path directory = Files.createDirectories(Path.of(arguments[1]));
        Installation installation = new Installation(repository.resolve("dist/target/root"));
        try {
            Path images = Files.createDirectories(directory.resolve("images"));
            try (NydusStack stack =
                    NydusStack.start(directory.resolve("one"), installation, NydusStack.Settings.usual())) {
                new NydusSnapshotterFigures(golden, images.resolve("one"), stack).times();
            }
            NydusStack.Settings shared = new NydusStack.Settings("shared", "restart", false);
            try (NydusStack stack = NydusStack.start(directory.resolve("all"), installation, shared)) {
                List<Integer> numbers = new ArrayList<>();
                for (int i = 2; i < arguments.length; i++) {
                    numbers.add(Integer.parseInt(arguments[i]));
                }
                new NydusSnapshotterFigures(golden, images.resolve("all"), stack).memory(numbers);
            }
        } finally {
            Directories.delete(directory);
        }
    }

    private void times() throws Exception {
        String chain = push(0);
        for (int i = 0; i < ROUNDS; i++) {
            long start = System.nanoTime();
            stack.rpull(REPOSITORY + ":0").orFail();
            Duration pull = Duration.ofNanos(System.nanoTime() - start);
            Duration prepare = prepare("first", chain);
            System.out.printf(Locale.ROOT, "pull %.2f s, first Prepare %.2f s%n", seconds(pull), seconds(prepare));
            snapshots("rm", "first").orFail();
            stack.ctr().clear();
        }
    }

    private void memory(List<Integer> numbers) throws Exception {
        int images = 0;
        for (int number : numbers) {
            while (images < number) {
                String chain = push(images);
                stack.rpull(REPOSITORY + ":" + images).orFail();
                var _ = prepare("container-" + images, chain);
                images++;
            }
            List<ProcessHandle> daemons = stack.snapshotter().daemons();
            System.out.printf(
                    Locale.ROOT,
                    "%d images: %d daemon, %d MB resident%n",
                    images,
                    daemons.size(),
                    resident(daemons.getFirst()));
        }
        for (int i = 0; i < images; i++) {
            snapshots("rm", "container-" + i).orFail();
        }
    }

    private Duration prepare(String key, String chain) throws Exception {
        long start = System.nanoTime();
        snapshots("prepare", key, chain).orFail();
        return Duration.ofNanos(System.nanoTime() - start);
    }

    /** containerd's own client: it needs no time for itself. */
    private Run snapshots(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                "ctr",
                "--address",
                stack.containerd().socket().toString(),
                "--namespace",
                stack.containerd().namespace(),
                "snapshots",
                "--snapshotter",
                "nydus"));
        command.addAll(List.of(arguments));
        return Commands.in(work).run(command);
    }

    private static double seconds(Duration time) {
        return time.toMillis() / 1e3;
    }

    private static long resident(ProcessHandle process) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024;
            }
        }
        return 0;
    }

    /** Puts the image into the registry, with a bootstrap layer of its own; answers the chain id of that. */
    private String push(int number) throws Exception {
        ObjectNode manifest = (ObjectNode) Json.read(Files.readString(golden.resolve("nydus6.json")));
        ArrayNode layers = (ArrayNode) manifest.get("layers");
        ObjectNode last = (ObjectNode) layers.get(layers.size() - 1);
        Path image = Files.createDirectories(work.resolve("image-" + number));
        Commands commands = Commands.in(image);
        commands.run("tar", "-xzf", blob(last).toString()).orFail();
        Files.writeString(image.resolve("image/number"), Integer.toString(number));
        commands.run("tar", "--sort=name", "--mtime=@0", "-cf", "layer.tar", "image")
                .orFail();
        byte[] tar = Files.readAllBytes(image.resolve("layer.tar"));
        commands.run("gzip", "-n", "-f", "layer.tar").orFail();
        byte[] layer = Files.readAllBytes(image.resolve("layer.tar.gz"));

        ObjectNode config = (ObjectNode) Json.read(Files.readString(blob(manifest.get("config"))));
        ArrayNode ids = (ArrayNode) config.at("/rootfs/diff_ids");
        ids.set(ids.size() - 1, "sha256:" + sha256(tar));
        byte[] configBytes = Json.write(config).getBytes(StandardCharsets.UTF_8);
        last.put("digest", "sha256:" + sha256(layer)).put("size", layer.length);
        ((ObjectNode) manifest.get("config"))
                .put("digest", "sha256:" + sha256(configBytes))
                .put("size", configBytes.length);

        Path copy = Files.createDirectories(work.resolve("copy-" + number));
        Files.writeString(copy.resolve("manifest.json"), Json.write(manifest));
        Files.writeString(copy.resolve("version"), "Directory Transport Version: 1.1\n");
        Files.write(copy.resolve(sha256(layer)), layer);
        Files.write(copy.resolve(sha256(configBytes)), configBytes);
        for (int i = 0; i < layers.size() - 1; i++) {
            Path source = blob(layers.get(i));
            Files.createSymbolicLink(copy.resolve(source.getFileName()), source);
        }
        stack.registry().push("dir:" + copy, REPOSITORY + ":" + number);
        return chain(ids);
    }

    private Path blob(JsonNode descriptor) {
        return golden.resolve("blobs").resolve(descriptor.get("digest").asText().substring("sha256:".length()));
    }

    private static String chain(ArrayNode ids) {
        String chain = ids.get(0).asText();
        for (int i = 1; i < ids.size(); i++) {
            String both = chain + " " + ids.get(i).asText();
            chain = "sha256:" + sha256(both.getBytes(StandardCharsets.UTF_8));
        }
        return chain;
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
