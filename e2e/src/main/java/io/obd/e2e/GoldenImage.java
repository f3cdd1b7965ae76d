package io.obd.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The small image that the original tools converted. */
record GoldenImage(Path directory) {

    static GoldenImage in(Path sources) {
        return new GoldenImage(sources.resolve("src/test/resources/golden"));
    }

    /** Puts the image with one of its tags into a registry, document and blobs exactly as they are. */
    void push(String tag, Registry registry, String name) throws IOException, InterruptedException {
        push(Files.readString(directory.resolve(tag + ".json")), Map.of(), registry, name);
    }

    /** Puts the same layers into a registry as an image that runs this program. */
    void push(String tag, Registry registry, String name, String... command) throws IOException, InterruptedException {
        ObjectNode manifest = (ObjectNode) Json.read(Files.readString(directory.resolve(tag + ".json")));
        ObjectNode descriptor = (ObjectNode) manifest.get("config");
        ObjectNode config = (ObjectNode)
                Json.read(Files.readString(blob(descriptor.get("digest").asText())));
        ((ObjectNode) config.get("config")).putPOJO("Cmd", command);
        byte[] changed = Json.write(config).getBytes(StandardCharsets.UTF_8);
        descriptor.put("digest", "sha256:" + sha256(changed)).put("size", changed.length);
        push(Json.write(manifest), Map.of(sha256(changed), changed), registry, name);
    }

    /** Puts the same layers into a registry, each with these annotations, bottom to top. */
    void push(String tag, Registry registry, String name, List<Map<String, String>> annotations)
            throws IOException, InterruptedException {
        ObjectNode manifest = (ObjectNode) Json.read(Files.readString(directory.resolve(tag + ".json")));
        for (int i = 0; i < annotations.size(); i++) {
            ((ObjectNode) manifest.get("layers").get(i)).putPOJO("annotations", annotations.get(i));
        }
        push(Json.write(manifest), Map.of(), registry, name);
    }

    private void push(String manifest, Map<String, byte[]> more, Registry registry, String name)
            throws IOException, InterruptedException {
        Path copy = Files.createTempDirectory("golden");
        try {
            Files.writeString(copy.resolve("manifest.json"), manifest);
            Files.writeString(copy.resolve("version"), "Directory Transport Version: 1.1\n");
            for (Map.Entry<String, byte[]> blob : more.entrySet()) {
                Files.write(copy.resolve(blob.getKey()), blob.getValue());
            }
            for (String digest : Json.read(manifest).findValuesAsText("digest")) {
                Path link = copy.resolve(digest.substring("sha256:".length()));
                if (Files.notExists(link)) {
                    Files.createSymbolicLink(link, blob(digest));
                }
            }
            registry.push("dir:" + copy, name);
        } finally {
            Directories.delete(copy);
        }
    }

    /** The bootstrap of one of the image's nydus forms, taken out of its layer. */
    Path nydusBootstrap(String tag, Path to) throws IOException, InterruptedException {
        JsonNode layers =
                Json.read(Files.readString(directory.resolve(tag + ".json"))).get("layers");
        String digest = layers.get(layers.size() - 1).get("digest").asText();
        Commands.in(to)
                .run("tar", "-xzf", blob(digest).toAbsolutePath().toString())
                .orFail();
        return to.resolve("image/image.boot");
    }

    private Path blob(String digest) {
        return directory.resolve("blobs").resolve(digest.substring("sha256:".length()));
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Where a tree differs from {@code tree.tsv}, the root left out as there. */
    List<String> differences(Tree tree) throws IOException {
        Map<String, List<String>> expected = listing();
        Map<String, List<String>> actual = listing(tree);
        Set<String> paths = new TreeSet<>(expected.keySet());
        paths.addAll(actual.keySet());
        return paths.stream()
                .filter(path -> !Objects.equals(expected.get(path), actual.get(path)))
                .map(path -> path + ": " + actual.get(path) + " instead of " + expected.get(path))
                .toList();
    }

    private Map<String, List<String>> listing() throws IOException {
        Map<String, List<String>> listing = new TreeMap<>();
        for (String line : Files.readAllLines(directory.resolve("tree.tsv"))) {
            List<String> fields = List.of(line.split("\t", -1));
            listing.put(fields.getFirst().substring(1), fields.subList(1, fields.size()));
        }
        return listing;
    }

    private static Map<String, List<String>> listing(Tree tree) {
        Map<String, List<String>> listing = new TreeMap<>();
        tree.entries().forEach((path, entry) -> {
            if (!path.isEmpty()) {
                listing.put(path, fields(entry));
            }
        });
        return listing;
    }

    private static List<String> fields(TreeEntry entry) {
        boolean directory = entry.type() == 'd';
        List<String> fields = new ArrayList<>();
        fields.add(String.valueOf(entry.type()));
        fields.add("%04o".formatted(entry.mode()));
        fields.add(String.valueOf(entry.uid()));
        fields.add(String.valueOf(entry.gid()));
        fields.add(directory ? "-" : String.valueOf(entry.size()));
        fields.add(directory ? "-" : String.valueOf(entry.modified().getEpochSecond()));
        fields.add(entry.type() == 'f' ? String.valueOf(entry.links()) : "-");
        fields.add(entry.content());
        return fields;
    }
}
