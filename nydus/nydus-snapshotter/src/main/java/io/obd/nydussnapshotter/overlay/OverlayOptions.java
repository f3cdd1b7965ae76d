package io.obd.nydussnapshotter.overlay;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Options of an overlay, and the directory that relative paths in them begin at.
 *
 * @param directory that of the process, unless the paths were made short
 */
record OverlayOptions(Path directory, List<String> options) {
    private static final Path HERE = Path.of("").toAbsolutePath();
    private static final String LOWERS = "lowerdir=";
    private static final List<String> DIRECTORIES = List.of(LOWERS, "upperdir=", "workdir=");

    /** What is meant for a guest. */
    private static final List<String> FOR_OTHERS = List.of("extraoption=", "io.katacontainers.volume=");

    /**
     * The options that are an overlay's.
     *
     * @param text options with commas between them
     * @throws IllegalArgumentException if there are none
     */
    static OverlayOptions parse(String text) {
        List<String> options = Arrays.stream(text.split(","))
                .filter(option -> !option.isEmpty() && FOR_OTHERS.stream().noneMatch(option::startsWith))
                .toList();
        if (options.isEmpty()) {
            throw new IllegalArgumentException("no options of an overlay are given");
        }
        return new OverlayOptions(HERE, options);
    }

    /** The same mount, with short paths if they would not fit into so many bytes. */
    OverlayOptions within(int limit) {
        if (String.join(",", options).getBytes(StandardCharsets.UTF_8).length < limit) {
            return this;
        }
        List<Path> paths = options.stream().flatMap(OverlayOptions::paths).toList();
        if (!paths.stream().allMatch(Path::isAbsolute)) {
            return this;
        }
        Path root = Path.of("/");
        Path common = paths.stream()
                .map(OverlayOptions::parent)
                .reduce(OverlayOptions::common)
                .orElse(root);
        return common.equals(root) ? this : below(common);
    }

    /** A directory of an option. */
    record Directory(String key, Path path) {}

    /** The directories that the options name, as they are in them. */
    List<Directory> directories() {
        return options.stream()
                .flatMap(option ->
                        paths(option).map(path -> new Directory(option.substring(0, option.indexOf('=')), path)))
                .toList();
    }

    private static Path parent(Path path) {
        Path parent = path.getParent();
        return parent == null ? path : parent;
    }

    private static Path common(Path one, Path other) {
        Path common = one;
        while (!other.startsWith(common)) {
            common = parent(common);
        }
        return common;
    }

    private static Stream<Path> paths(String option) {
        for (String key : DIRECTORIES) {
            if (option.startsWith(key)) {
                return Arrays.stream(option.substring(key.length()).split(":")).map(Path::of);
            }
        }
        return Stream.empty();
    }

    private OverlayOptions below(Path common) {
        List<String> shorter = new ArrayList<>();
        for (String option : options) {
            List<String> relative = paths(option)
                    .map(path -> common.relativize(path).toString())
                    .toList();
            shorter.add(
                    relative.isEmpty()
                            ? option
                            : option.substring(0, option.indexOf('=') + 1) + String.join(":", relative));
        }
        return new OverlayOptions(common, shorter);
    }
}
