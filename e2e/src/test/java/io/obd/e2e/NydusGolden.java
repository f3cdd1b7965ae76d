package io.obd.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The nydus images that the original built, with listings of what they were built of. */
record NydusGolden(Path directory) {
    private static final int COLUMNS = 12;
    private static final int TIME = 6;
    private static final String NOT_KEPT = "0";

    /** Bootstrap to listing. */
    private static final Map<String, String> IMAGES = Map.ofEntries(
            Map.entry("v5-layered/l3", "layered-l3"),
            Map.entry("v5-lz4_block/base", "base"),
            Map.entry("v5-merge/merged", "merged"),
            Map.entry("v5-none/base", "base"),
            Map.entry("v5-opt-prefetch-aligned/base", "base"),
            Map.entry("v5-zstd/base", "base"),
            Map.entry("v6-chunkdict/l2", "chunkdict-l2"),
            Map.entry("v6-layered/l3", "layered-l3"),
            Map.entry("v6-lz4_block/base", "base"),
            Map.entry("v6-merge/merged", "merged"),
            Map.entry("v6-none/base", "base"),
            Map.entry("v6-opt-batch/base", "base"),
            Map.entry("v6-opt-chunk64k/base", "base"),
            Map.entry("v6-opt-prefetch/base", "base"),
            Map.entry("v6-opt-repeatable/base", "base-repeatable"),
            Map.entry("v6-overlayfs/l2", "overlayfs-l2"),
            Map.entry("v6-tarfs/layer2", "tarfs-layer2"),
            Map.entry("v6-targzref/base", "targzref-base"),
            Map.entry("v6-zstd/base", "base"));

    static NydusGolden in(Path sources) {
        return new NydusGolden(sources.resolve("../nydus/rafs-format/src/test/resources/golden")
                .toAbsolutePath()
                .normalize());
    }

    static List<String> images() {
        return IMAGES.keySet().stream().sorted().toList();
    }

    Path bootstrap(String image) {
        return directory.resolve(image + ".boot");
    }

    Path blobs() {
        return directory.resolve("blobs");
    }

    /** Where a mounted image differs from what it was built of. The root and times that were not kept are the server's. */
    List<String> differences(String image, Path mounted) throws IOException, InterruptedException {
        Map<String, List<String>> expected = new TreeMap<>();
        String listing = Objects.requireNonNull(IMAGES.get(image));
        for (String line : Files.readAllLines(directory.resolve("expected/" + listing + ".tsv"))) {
            List<String> fields = new ArrayList<>(List.of(line.split("\t", -1)));
            while (fields.size() < COLUMNS) {
                fields.add("");
            }
            expected.put(fields.getFirst().substring(1), fields.subList(1, fields.size()));
        }
        Map<String, List<String>> actual = new TreeMap<>();
        Tree.read(mounted).entries().forEach((path, entry) -> actual.put(path, fields(entry)));
        expected.remove("");
        actual.remove("");
        TreeSet<String> paths = new TreeSet<>(expected.keySet());
        paths.addAll(actual.keySet());
        List<String> differences = new ArrayList<>();
        for (String path : paths) {
            List<String> wanted = expected.get(path);
            List<String> found = actual.get(path);
            if (wanted != null && found != null && wanted.get(TIME - 1).equals(NOT_KEPT)) {
                wanted = withoutTime(wanted);
                found = withoutTime(found);
            }
            if (!Objects.equals(wanted, found)) {
                differences.add(path + ": " + found + " instead of " + wanted);
            }
        }
        return differences;
    }

    private static List<String> withoutTime(List<String> fields) {
        List<String> copy = new ArrayList<>(fields);
        copy.set(TIME - 1, "");
        copy.set(TIME, "");
        return copy;
    }

    private static List<String> fields(TreeEntry entry) {
        Instant modified = entry.modified();
        boolean isDevice = entry.type() == 'c' || entry.type() == 'b';
        long device = isDevice ? Long.parseLong(entry.content()) : 0;
        return List.of(
                String.valueOf(entry.type()),
                "%04o".formatted(entry.mode()),
                String.valueOf(entry.uid()),
                String.valueOf(entry.gid()),
                entry.type() == 'd' ? "-" : String.valueOf(entry.size()),
                String.valueOf(modified.getEpochSecond()),
                String.valueOf(modified.getNano()),
                isDevice ? ((device >>> 8) & 0xfff) + ":" + (device & 0xff) : "-",
                String.valueOf(entry.links()),
                isDevice ? "" : entry.content(),
                entry.attributes().entrySet().stream()
                        .map(attribute ->
                                attribute.getKey() + "=" + attribute.getValue().replaceFirst("^0x", ""))
                        .sorted()
                        .collect(Collectors.joining(";")));
    }
}
