package io.obd.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
        Path copy = Files.createTempDirectory("golden");
        Path manifest = directory.resolve(tag + ".json");
        Files.copy(manifest, copy.resolve("manifest.json"));
        Files.writeString(copy.resolve("version"), "Directory Transport Version: 1.1\n");
        JsonNode document = Json.read(Files.readString(manifest));
        for (String digest : document.findValuesAsText("digest")) {
            String hex = digest.substring("sha256:".length());
            if (Files.notExists(copy.resolve(hex))) {
                Files.createSymbolicLink(
                        copy.resolve(hex), directory.resolve("blobs").resolve(hex));
            }
        }
        registry.push("dir:" + copy, name);
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
