package io.obd.nydusimage;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.obd.block.CorruptBlobException;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.Digester;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Counts what images have, and what they have in common. */
@Command(
        name = "stat",
        sortOptions = false,
        description =
                "Counts what an image has, or all images of a directory, and how many chunks they have in common.")
final class Stat implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @ArgGroup(multiplicity = "1")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Base base;

    @Option(
            names = {"-T", "--target"},
            description = "an image to compare with the others: which of its chunks they have")
    private @Nullable Path target;

    @Option(
            names = "--digester",
            defaultValue = "blake3",
            converter = DigesterName.class,
            description = "hash of the images that are compared: blake3 or sha256 (default: blake3)")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Digester digester;

    @Option(
            names = {"-C", "--config"},
            hidden = true,
            description = "accepted: no blob is read")
    @SuppressWarnings("UnusedVariable") // read by picocli
    private @Nullable Path config;

    @Option(
            names = {"-J", "--output-json"},
            description = "write the figures to this file instead of printing them")
    private @Nullable Path outputJson;

    /** The images that others are compared with. */
    static final class Base {
        @Option(
                names = {"-B", "--bootstrap"},
                description = "the image's bootstrap")
        private @Nullable Path bootstrap;

        @Option(
                names = {"-D", "--blob-dir"},
                description = "directory with bootstraps: all files whose names have no dot")
        private @Nullable Path directory;
    }

    @Override
    public Integer call() throws IOException {
        ImageStatistics baseImage = new ImageStatistics();
        Deduplication deduplication = new Deduplication(digester);
        boolean several = base.directory != null;
        if (base.directory != null) {
            addAll(base.directory, baseImage, deduplication);
            deduplication.addDeduplicated(baseImage);
        } else if (base.bootstrap != null) {
            add(base.bootstrap, baseImage, deduplication);
        }
        ImageStatistics targetImage = new ImageStatistics();
        if (target != null) {
            Bootstrap image = Bootstrap.load(target);
            targetImage.add(image);
            deduplication.addTarget(image, targetImage);
        }
        if (outputJson != null) {
            write(outputJson, several, baseImage, targetImage);
        } else {
            print(several, baseImage, targetImage, deduplication);
        }
        return 0;
    }

    private static void add(Path file, ImageStatistics statistics, Deduplication deduplication) throws IOException {
        Bootstrap image = Bootstrap.load(file);
        statistics.add(image);
        deduplication.addBase(image, statistics);
    }

    private void addAll(Path directory, ImageStatistics statistics, Deduplication deduplication) throws IOException {
        List<Path> files;
        try (Stream<Path> listed = Files.list(directory)) {
            files = listed.filter(file -> Files.isRegularFile(file) && !file.equals(target))
                    .filter(file -> String.valueOf(file.getFileName()).indexOf('.') < 0)
                    .sorted()
                    .toList();
        }
        int others = 0;
        for (Path file : files) {
            try {
                add(file, statistics, deduplication);
            } catch (CorruptBlobException e) {
                others++;
            }
        }
        if (others > 0) {
            spec.commandLine()
                    .getErr()
                    .println("nydus-image stat: " + others + " of " + files.size() + " files of " + directory
                            + " are no bootstraps that can be read, left out");
        }
    }

    private void write(Path file, boolean several, ImageStatistics baseImage, ImageStatistics targetImage)
            throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode json = mapper.createObjectNode();
        json.put("dedup_enabled", several);
        json.put("target_enabled", target != null);
        baseImage.write(json.putObject("base_image"));
        targetImage.write(json.putObject("target_image"));
        Files.write(file, mapper.writeValueAsBytes(json));
    }

    private void print(
            boolean several, ImageStatistics baseImage, ImageStatistics targetImage, Deduplication deduplication) {
        PrintWriter out = spec.commandLine().getOut();
        if (target != null) {
            out.println("Target Image Statistics:");
            targetImage.print(out);
        }
        out.println("\n\nBase Image Statistics:");
        baseImage.print(out);
        if (several) {
            out.println("\n\nChunk Deduplication Statistics:");
            deduplication.print(out);
        }
    }
}
