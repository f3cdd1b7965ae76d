package io.obd.convertor;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import io.obd.registry.Index;
import io.obd.registry.Manifest;
import io.obd.registry.MediaTypes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sources and results that are files. */
class FilesTest {
    private static final List<byte[]> LAYERS = List.of(
            SourceImages.tar(Map.of("etc/app.conf", "greeting=hello", "old", "x".repeat(100_000))),
            SourceImages.tar(Map.of(".wh.old", "", "etc/app.conf", "greeting=hello from layer two")));

    @TempDir
    Path dir;

    @Test
    void aLayoutCanBeSourceAndTarget() throws IOException {
        Path layout = layout();

        Run run = convert("-r", "oci:" + layout, "-i", "v1", "-o", "obd", "--oci");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.err()).contains("converted to \\\"oci:" + layout + ":obd\\\", digest: \\\"sha256:");
        Manifest source = manifest(layout, "v1");
        Manifest result = manifest(layout, "obd");
        assertThat(result.layers()).hasSameSizeAs(source.layers());
        for (Descriptor layer : result.layers()) {
            assertThat(Digest.sha256(Files.readAllBytes(blob(layout, layer)))).isEqualTo(layer.digest());
        }
        assertThat(partial(layout)).isEmpty();
    }

    @Test
    void theResultIsTheSameWhereverItGoes() throws IOException {
        Path layout = layout();
        Path archive = dir.resolve("result.tar");
        Path docker = dir.resolve("docker.tar");
        Path other = dir.resolve("other");
        try (FakeRegistry registry = new FakeRegistry()) {
            SourceImages.push(registry, "v1", LAYERS, true);
            String repository = registry.host() + "/app";

            convert("-r", repository, "--plain", "-i", "v1", "-o", "obd", "--oci", "--db-type", "none");
            succeed("-r", "oci:" + layout, "-o", "obd", "--output-repository", "oci-archive:" + archive);
            succeed("-r", "oci:" + layout, "-o", "app:obd", "--oci", "--output-repository", "docker-archive:" + docker);
            succeed("-r", repository, "--plain", "-i", "v1", "-o", "obd", "--output-repository", "oci:" + other);
            succeed(
                    "-r",
                    "oci-archive:" + archive(layout),
                    "--plain",
                    "--oci",
                    "-o",
                    "from-archive",
                    "--output-repository",
                    repository,
                    "--db-type",
                    "none");

            byte[] expected = text(registry, "obd").getBytes(StandardCharsets.UTF_8);
            Digest digest = Digest.sha256(expected);
            assertThat(text(registry, "from-archive")).isEqualTo(text(registry, "obd"));
            assertThat(entry(other, "obd").digest()).isEqualTo(digest);
            assertThat(member(archive, "blobs/sha256/" + digest.hex())).isEqualTo(expected);
            assertThat(member(docker, "blobs/sha256/" + digest.hex())).isEqualTo(expected);
        }
        JsonNode image =
                new ObjectMapper().readTree(member(docker, "manifest.json")).get(0);
        assertThat(image.get("RepoTags").get(0).asText()).isEqualTo("app:obd");
        assertThat(image.get("Layers")).hasSize(2);
        for (JsonNode layer : image.get("Layers")) {
            assertThat(member(docker, layer.asText())).isNotEmpty();
        }
    }

    @Test
    void aLayoutHasOciMediaTypesAlsoWhereNobodyAsksForThem() throws IOException {
        Path layout = layout();
        succeed("-r", "oci:" + layout, "-i", "v1", "-o", "obd");
        assertThat(entry(layout, "obd").mediaType()).isEqualTo(MediaTypes.OCI_MANIFEST);
        assertThat(manifest(layout, "obd").layers())
                .extracting(Descriptor::mediaType)
                .containsOnly(MediaTypes.OCI_LAYER);
    }

    @Test
    void whatIsConvertedAlreadyIsRefused() throws IOException {
        Path layout = layout();
        succeed("-r", "oci:" + layout, "-i", "v1", "-o", "obd");
        assertFailure(convert("-r", "oci:" + layout, "-i", "obd", "-o", "again"), "is an overlaybd image already");
        assertThat(Files.readString(layout.resolve("index.json"))).doesNotContain("again");
    }

    @Test
    void whatDockerSavedCanBeConverted() throws IOException {
        Path saved = dockerArchive("app:v1");
        Path layout = dir.resolve("result");

        Run run = convert(
                "-r", "docker-archive:" + saved, "-i", "v1", "-o", "obd", "--output-repository", "oci:" + layout);

        assertThat(run.exitCode()).as(run.err()).isZero();
        Path source = layout();
        succeed("-r", "oci:" + source, "-i", "v1", "-o", "obd");
        assertThat(manifest(layout, "obd").layers())
                .isEqualTo(manifest(source, "obd").layers());
    }

    @Test
    void whatIsWrongIsNamedWithFileAndEntry() throws IOException {
        Path layout = layout();
        Path archive = archive(layout);
        assertFailure(
                convert("-r", "oci:" + layout, "-i", "v9", "-o", "obd"),
                layout + "/index.json does not list one image called v9, but [v1]");
        assertFailure(convert("-r", "oci:" + dir.resolve("nowhere"), "-o", "obd"), "nowhere/oci-layout is missing");
        assertFailure(
                convert(
                        "-r",
                        "docker-archive:" + archive,
                        "-o",
                        "obd",
                        "--output-repository",
                        "oci:" + dir.resolve("x")),
                archive + ": manifest.json is missing");
        assertFailure(
                convert("-r", "oci:" + layout, "-o", "obd", "--output-repository", "oci-archive:" + archive),
                archive + " exists");

        Descriptor layer = manifest(layout, "v1").layers().getFirst();
        byte[] content = Files.readAllBytes(blob(layout, layer));
        content[content.length - 1] ^= 1;
        Files.write(blob(layout, layer), content);
        assertFailure(
                convert("-r", "oci:" + layout, "-o", "obd"),
                blob(layout, layer) + " is damaged",
                layer.digest().toString());
        Path damaged = dir.resolve("damaged.tar");
        Files.move(archive(layout), damaged);
        Path target = dir.resolve("target.tar");
        assertFailure(
                convert("-r", "oci-archive:" + damaged, "-o", "obd", "--output-repository", "oci-archive:" + target),
                damaged + ": blobs/sha256/" + layer.digest().hex() + " is damaged");
        assertThat(target).doesNotExist();
        Files.delete(blob(layout, layer));
        assertFailure(convert("-r", "oci:" + layout, "-o", "obd"), blob(layout, layer) + " is missing");
        assertThat(partial(dir)).isEmpty();
    }

    @Test
    void aDirectoryOfSomethingElseIsNotFilled() throws IOException {
        Path other = Files.createDirectories(dir.resolve("other"));
        Files.writeString(other.resolve("notes"), "mine");

        assertFailure(
                convert("-r", "oci:" + layout(), "-o", "obd", "--output-repository", "oci:" + other),
                other + " is neither empty nor an OCI layout");
    }

    @ParameterizedTest
    @CsvSource({
        "oci-archive:/nowhere/x.tar, /nowhere/x.tar cannot be written: /nowhere is no directory",
        "oci:/proc/none, /proc/none cannot be an OCI layout: /proc/none: no such file or directory",
        "oci:/proc/version, /proc/version is no directory"
    })
    void aPlaceThatCannotBeWrittenIsNamedAsItWasGiven(String place, String text) throws IOException {
        Path layout = layout();

        assertFailure(convert("-r", "oci:" + layout, "-o", "obd", "--output-repository", place), text);
    }

    @Test
    void programsAreToldInJson() throws IOException {
        Run run = convert("-r", "oci:" + layout(), "-o", "obd", "--json");

        ObjectMapper json = new ObjectMapper();
        List<JsonNode> lines = new ArrayList<>();
        for (String line : run.out().lines().toList()) {
            lines.add(json.readTree(line));
        }
        assertThat(lines)
                .extracting(line -> line.get("event").asText())
                .startsWith("started")
                .contains("downloaded", "converted", "uploaded", "configUploaded")
                .endsWith("manifestUploaded", "done");
        JsonNode done = lines.getLast();
        assertThat(done.get("digest").asText())
                .isEqualTo(entry(dir.resolve("layout"), "obd").digest().toString());
        assertThat(done.get("layers").asInt()).isEqualTo(2);
        assertThat(done.get("reused").asInt()).isZero();
        assertThat(done.get("sourceBytes").asLong()).isPositive();
        assertThat(done.get("resultBytes").asLong())
                .isEqualTo(manifest(dir.resolve("layout"), "obd").layers().stream()
                        .mapToLong(Descriptor::size)
                        .sum());
        assertThat(run.err()).contains("2 layers, 0 of them reused; ");
    }

    private static String text(FakeRegistry registry, String tag) {
        return Objects.requireNonNull(registry.documents.get(tag)).text();
    }

    private Run convert(String... flags) {
        List<String> args = new ArrayList<>(List.of(flags));
        args.addAll(List.of("--vsize", "1", "-d", dir.resolve("work").toString()));
        Run run = Run.convertor(args.toArray(String[]::new));
        assertThat(dir.resolve("work")).doesNotExist();
        return run;
    }

    private void succeed(String... flags) {
        Run run = convert(flags);
        assertThat(run.exitCode()).as(run.err()).isZero();
    }

    private static void assertFailure(Run run, String... parts) {
        assertThat(run.exitCode()).as(run.err()).isEqualTo(1);
        assertThat(run.err()).contains(parts).doesNotContain("\tat ");
    }

    private Path layout() throws IOException {
        Path layout = Files.createDirectories(dir.resolve("layout"));
        Files.createDirectories(layout.resolve("blobs/sha256"));
        List<Descriptor> layers = new ArrayList<>();
        for (byte[] tar : LAYERS) {
            layers.add(put(layout, MediaTypes.OCI_LAYER_GZIP, SourceImages.gzip(tar)));
        }
        Descriptor config = put(layout, MediaTypes.OCI_CONFIG, config());
        Manifest manifest = Manifest.of(MediaTypes.OCI_MANIFEST, config, layers);
        Descriptor image = put(layout, MediaTypes.OCI_MANIFEST, manifest.toJson())
                .withAnnotations(Map.of("org.opencontainers.image.ref.name", "v1"));
        Files.write(
                layout.resolve("index.json"),
                new Index(2, MediaTypes.OCI_INDEX, null, List.of(image), null, Map.of()).toJson());
        Files.writeString(layout.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
        return layout;
    }

    private static byte[] config() {
        String diffIds =
                LAYERS.stream().map(tar -> "\"" + Digest.sha256(tar) + "\"").collect(Collectors.joining(","));
        return ("{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{\"Cmd\":[\"/bin/sh\"]},"
                        + "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[" + diffIds + "]}}")
                .getBytes(StandardCharsets.UTF_8);
    }

    private static Descriptor put(Path layout, String mediaType, byte[] content) throws IOException {
        Descriptor descriptor = Descriptor.of(mediaType, content);
        Files.write(blob(layout, descriptor), content);
        return descriptor;
    }

    private static Path blob(Path layout, Descriptor blob) {
        return layout.resolve("blobs/sha256").resolve(blob.digest().hex());
    }

    private static Descriptor entry(Path layout, String name) throws IOException {
        return Index.parse(Files.readAllBytes(layout.resolve("index.json"))).manifests().stream()
                .filter(entry -> name.equals(entry.annotations().get("org.opencontainers.image.ref.name")))
                .findFirst()
                .orElseThrow();
    }

    private static Manifest manifest(Path layout, String name) throws IOException {
        return Manifest.parse(Files.readAllBytes(blob(layout, entry(layout, name))));
    }

    private static List<Path> partial(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.toString().endsWith(".part")).toList();
        }
    }

    /** The layout as an archive. */
    private Path archive(Path layout) throws IOException {
        Map<String, byte[]> members = new LinkedHashMap<>();
        try (Stream<Path> files = Files.walk(layout)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                members.put(layout.relativize(file).toString(), Files.readAllBytes(file));
            }
        }
        return tar("layout.tar", members, Map.of());
    }

    /** As docker saved images before it used OCI layouts. */
    private Path dockerArchive(String tag) throws IOException {
        Map<String, byte[]> members = new LinkedHashMap<>();
        members.put("config.json", config());
        members.put("aaaa/layer.tar", LAYERS.getFirst());
        members.put("bbbb/layer.tar", LAYERS.getLast());
        members.put(
                "manifest.json",
                ("[{\"Config\":\"config.json\",\"RepoTags\":[\"" + tag
                                + "\"],\"Layers\":[\"cccc/layer.tar\",\"bbbb/layer.tar\"]}]")
                        .getBytes(StandardCharsets.UTF_8));
        return tar("docker-saved.tar", members, Map.of("cccc/layer.tar", "../aaaa/layer.tar"));
    }

    private Path tar(String name, Map<String, byte[]> members, Map<String, String> links) throws IOException {
        Path file = dir.resolve(name);
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(Files.newOutputStream(file))) {
            for (Map.Entry<String, byte[]> member : members.entrySet()) {
                TarArchiveEntry entry = new TarArchiveEntry(member.getKey());
                entry.setSize(member.getValue().length);
                tar.putArchiveEntry(entry);
                tar.write(member.getValue());
                tar.closeArchiveEntry();
            }
            for (Map.Entry<String, String> link : links.entrySet()) {
                TarArchiveEntry entry = new TarArchiveEntry(link.getKey(), TarArchiveEntry.LF_SYMLINK);
                entry.setLinkName(link.getValue());
                tar.putArchiveEntry(entry);
                tar.closeArchiveEntry();
            }
        }
        return file;
    }

    private static byte[] member(Path archive, String name) throws IOException {
        try (TarFile tar = new TarFile(archive)) {
            for (TarArchiveEntry entry : tar.getEntries()) {
                if (entry.getName().equals(name)) {
                    try (InputStream in = tar.getInputStream(entry)) {
                        return in.readAllBytes();
                    }
                }
            }
        }
        throw new AssertionError(archive + " has no " + name);
    }
}
