package io.obd.nydusimage;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StatTest {
    private static final int TYPE_COLUMN = 1;
    private static final int SIZE_COLUMN = 5;
    private static final int MTIME_COLUMN = 7;
    private static final int LINKS_COLUMN = 9;
    private static final int HASH_COLUMN = 10;

    @TempDir
    private Path directory;

    @Test
    void filesAreCountedAsTheListingHasThem() throws IOException {
        List<String[]> listing = Files.readAllLines(Command.golden("expected/base.tsv")).stream()
                .map(line -> line.split("\t", -1))
                .toList();
        Set<String> seen = new HashSet<>();
        long size = 0;
        for (String[] file : listing) {
            boolean first = file[LINKS_COLUMN].equals("1") || seen.add(file[MTIME_COLUMN] + file[HASH_COLUMN]);
            size += file[TYPE_COLUMN].equals("f") && first ? Long.parseLong(file[SIZE_COLUMN]) : 0;
        }

        JsonNode image = stat("-B", golden("v6-zstd/base.boot")).get("base_image");

        assertThat(image.get("dirs").asLong()).isEqualTo(count(listing, "d"));
        assertThat(image.get("files").asLong()).isEqualTo(count(listing, "f"));
        assertThat(image.get("symlinks").asLong()).isEqualTo(count(listing, "l"));
        assertThat(image.get("file_size").asLong()).isEqualTo(size);
        assertThat(image.get("uncomp_size").asLong())
                .isEqualTo(size + image.get("padding_size").asLong());
        assertThat(image.get("chunk_sizes")).hasSize(9);
        assertThat(image.get("file_sizes")).hasSize(45);
    }

    private static long count(List<String[]> listing, String type) {
        return listing.stream().filter(file -> file[TYPE_COLUMN].equals(type)).count();
    }

    @Test
    void aTargetThatIsTheSameImageOwnsNothing() throws IOException {
        JsonNode figures = stat("-B", golden("v6-zstd/base.boot"), "-T", golden("v6-lz4_block/base.boot"));

        JsonNode target = figures.get("target_image");
        assertThat(figures.get("target_enabled").asBoolean()).isTrue();
        assertThat(target.get("own_chunks").asLong()).isZero();
        assertThat(target.get("ref_chunks").asLong()).isPositive();
        assertThat(target.get("ref_uncomp_size"))
                .isEqualTo(figures.get("base_image").get("own_uncomp_size"));
    }

    @Test
    void imagesWithAnotherHashHaveNothingInCommon() throws IOException {
        JsonNode target = stat("-B", golden("v6-zstd/base.boot"), "-T", golden("v6-opt-chunk64k/base.boot"))
                .get("target_image");

        assertThat(target.get("ref_chunks").asLong()).isZero();
        assertThat(target.get("own_chunks").asLong()).isPositive();
    }

    @Test
    void theImagesOfADirectoryAreDeduplicated() throws IOException {
        Files.copy(Command.golden("v6-layered/l1.boot"), directory.resolve("one"));
        Files.copy(Command.golden("v6-layered/l3.boot"), directory.resolve("three"));
        Files.writeString(directory.resolve("blob"), "no bootstrap");
        Files.writeString(directory.resolve("file.txt"), "not looked at");

        Command printed = Command.run("stat", "-D", directory.toString());

        assertThat(printed.exitCode()).as(printed.err()).isZero();
        assertThat(printed.err())
                .isEqualToIgnoringNewLines("nydus-image stat: 1 of 3 files of " + directory
                        + " are no bootstraps that can be read, left out");
        JsonNode base = stat("-D", directory.toString()).get("base_image");
        long first = own("v6-layered/l1.boot");
        long third = own("v6-layered/l3.boot");
        assertThat(base.get("own_chunks").asLong()).isEqualTo(first + third);
        assertThat(base.get("dedup_chunks").asLong()).isBetween(Math.max(first, third), first + third - 1);
        assertThat(printed.out().lines())
                .contains("Dedup Chunk Count:\t" + base.get("dedup_chunks"))
                .anyMatch(line -> line.startsWith(String.format(
                        "%-24d0x%-14x0x%-14x",
                        1, first + third, base.get("dedup_chunks").asLong())))
                .anyMatch(line ->
                        line.startsWith(String.format("%-24d0x%-14x0x%-14x", 20, first + third, first + third)));
    }

    private long own(String image) throws IOException {
        return stat("-B", golden(image)).get("base_image").get("own_chunks").asLong();
    }

    @Test
    void wrongUseEndsWith2() {
        assertThat(Command.run("stat").exitCode()).isEqualTo(2);
        assertThat(Command.run("stat", "-B", "a", "-D", "b").exitCode()).isEqualTo(2);
        assertThat(Command.run("stat", "-B", "a", "--digester", "md5").exitCode())
                .isEqualTo(2);
    }

    @Test
    void anImageThatIsNotThereIsNamed() {
        Command stat = Command.run("stat", "-B", directory.resolve("none").toString());

        assertThat(stat.exitCode()).isEqualTo(1);
        assertThat(stat.err()).contains("none: no such file");
    }

    private JsonNode stat(String... arguments) throws IOException {
        Path json = directory.resolve("figures.json");
        String[] all = new String[arguments.length + 3];
        all[0] = "stat";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        all[arguments.length + 1] = "-J";
        all[arguments.length + 2] = json.toString();
        Command stat = Command.run(all);
        assertThat(stat.exitCode()).as(stat.err()).isZero();
        assertThat(stat.out()).isEmpty();
        return new ObjectMapper().readTree(json.toFile());
    }

    private static String golden(String name) {
        return Command.golden(name).toString();
    }
}
