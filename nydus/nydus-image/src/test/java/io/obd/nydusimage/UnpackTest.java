package io.obd.nydusimage;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.fs.tar.ByteString;
import io.obd.fs.tar.LayerTar;
import io.obd.fs.tar.TarEntry;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnpackTest {
    private static final int SIZE_COLUMN = 5;
    private static final int LINKS_COLUMN = 9;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource({
        "v5-zstd/base.boot, base",
        "v6-lz4_block/base.boot, base",
        "v6-merge/merged.boot, merged",
        "v6-opt-batch/base.boot, base",
        "v6-tarfs/layer2.boot, tarfs-layer2",
        "v6-targzref/base.boot, targzref-base",
    })
    void theTarHasWhatTheImageHas(String image, String listing) throws IOException {
        Path tar = directory.resolve("tree.tar");

        Command unpack = Command.run(
                "unpack",
                Command.golden(image).toString(),
                "--blob-dir",
                Command.golden("blobs").toString(),
                "--output",
                tar.toString());

        assertThat(unpack.exitCode()).as(unpack.err()).isZero();
        assertThat(lines(tar)).containsExactlyInAnyOrderElementsOf(expected(listing));
    }

    @Test
    void anImageWithOneBlobIsUnpackedWithThat() throws IOException {
        Path tar = directory.resolve("tree.tar");
        String id = "28c9e2c4d5d418365d4fc70febf590896ada0a73e0c46d5a0696d1c89bfe5c0b";

        Command unpack = Command.run(
                "unpack",
                "--bootstrap",
                Command.golden("v6-none/base.boot").toString(),
                "--blob",
                Command.golden("blobs/" + id).toString(),
                "--output",
                tar.toString());

        assertThat(unpack.exitCode()).as(unpack.err()).isZero();
        assertThat(unpack.err()).contains("/sock: a tar has no sockets");
        assertThat(lines(tar)).containsExactlyInAnyOrderElementsOf(expected("base"));
    }

    @Test
    void nothingIsLeftOfATarThatCouldNotBeWritten() {
        Path tar = directory.resolve("tree.tar");

        Command unpack = Command.run(
                "unpack",
                Command.golden("v6-none/base.boot").toString(),
                "-D",
                directory.toString(),
                "--output",
                tar.toString());

        assertThat(unpack.exitCode()).isEqualTo(1);
        assertThat(unpack.err()).contains("28c9e2c4").contains("blob is in none of");
        assertThat(tar).doesNotExist();
    }

    @Test
    void whatWasThereStaysWhenATarCannotBeWritten() throws IOException {
        Path tar = Files.writeString(directory.resolve("tree.tar"), "of an earlier run");

        Command unpack = Command.run(
                "unpack",
                Command.golden("v6-none/base.boot").toString(),
                "-D",
                directory.toString(),
                "--output",
                tar.toString());

        assertThat(unpack.exitCode()).isEqualTo(1);
        assertThat(unpack.err()).contains("28c9e2c4").contains("blob is in none of");
        assertThat(tar).hasContent("of an earlier run");
        assertThat(directory.toFile().list()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void blobsMayBeInABackendOfLocalFiles(boolean inFile) throws IOException {
        Path tar = directory.resolve("tree.tar");
        String config = "{\"dir\":\"" + Command.golden("blobs") + "\"}";
        Path file = Files.writeString(directory.resolve("backend.json"), config);

        Command unpack = Command.run(
                "unpack",
                Command.golden("v6-merge/merged.boot").toString(),
                "--backend-type",
                "localfs",
                inFile ? "--backend-config-file" : "--backend-config",
                inFile ? file.toString() : config,
                "--output",
                tar.toString());

        assertThat(unpack.exitCode()).as(unpack.err()).isZero();
        assertThat(lines(tar)).containsExactlyInAnyOrderElementsOf(expected("merged"));
    }

    @ParameterizedTest
    @ValueSource(strings = "chunkdict")
    void commandsThatAreNotThereAreRefusedByName(String command) {
        Command refused = Command.run(command, "-B", "image.boot");

        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err()).contains("nydus-image " + command + " is not supported");
    }

    @Test
    void otherBackendsAreRefusedByName() {
        Command unpack = Command.run(
                "unpack",
                Command.golden("v6-none/base.boot").toString(),
                "--backend-type",
                "oss",
                "--backend-config",
                "{}",
                "--output",
                directory.resolve("tree.tar").toString());

        assertThat(unpack.exitCode()).isEqualTo(1);
        assertThat(unpack.err()).contains("--backend-config: type is \"oss\": there are localfs and registry");
    }

    /** The listing without sockets and the number of links, which a tar does not have. */
    private static List<String> expected(String listing) throws IOException {
        return Files.readAllLines(Command.golden("expected/" + listing + ".tsv")).stream()
                .map(line -> line.split("\t", -1))
                .filter(columns -> !columns[1].equals("s"))
                .peek(columns -> columns[LINKS_COLUMN] = "")
                .peek(columns -> columns[SIZE_COLUMN] = columns[1].equals("f") ? columns[SIZE_COLUMN] : "")
                .map(columns -> String.join("\t", columns))
                .toList();
    }

    private static List<String> lines(Path file) throws IOException {
        Map<ByteString, String> lines = new TreeMap<>();
        Map<ByteString, String> content = new HashMap<>();
        try (InputStream in = Files.newInputStream(file)) {
            LayerTar tar = new LayerTar(in);
            for (TarEntry entry = tar.next(); entry != null; entry = tar.next()) {
                if (entry.type() == TarEntry.Type.HARD_LINK) {
                    lines.put(entry.name(), content.get(entry.linkName()));
                } else {
                    String line = line(entry, tar);
                    content.put(entry.name(), line);
                    lines.put(entry.name(), line);
                }
            }
        }
        return lines.entrySet().stream()
                .map(line -> path(line.getKey()) + "\t" + line.getValue())
                .toList();
    }

    private static String path(ByteString name) {
        String path = text(name);
        if (path.equals("./")) {
            return "/";
        }
        return "/" + (path.endsWith("/") ? path.substring(0, path.length() - 1) : path);
    }

    private static String line(TarEntry entry, LayerTar tar) throws IOException {
        boolean device = entry.type() == TarEntry.Type.CHARACTER_DEVICE || entry.type() == TarEntry.Type.BLOCK_DEVICE;
        Instant modified = entry.modified();
        return String.join(
                "\t",
                letter(entry.type()),
                String.format("%04o", entry.mode()),
                String.valueOf(entry.uid()),
                String.valueOf(entry.gid()),
                entry.type() == TarEntry.Type.FILE ? String.valueOf(entry.size()) : "",
                String.valueOf(modified.getEpochSecond()),
                String.valueOf(modified.getNano()),
                device ? entry.major() + ":" + entry.minor() : "-",
                "",
                entry.type() == TarEntry.Type.FILE ? hash(tar) : text(entry.linkName()),
                entry.xattrs().entrySet().stream()
                        .map(xattr -> text(xattr.getKey()) + "="
                                + HexFormat.of().formatHex(xattr.getValue().toBytes()))
                        .sorted()
                        .collect(Collectors.joining(";")));
    }

    private static String letter(TarEntry.Type type) {
        return switch (type) {
            case FILE, HARD_LINK -> "f";
            case SYMLINK -> "l";
            case CHARACTER_DEVICE -> "c";
            case BLOCK_DEVICE -> "b";
            case DIRECTORY -> "d";
            case FIFO -> "p";
        };
    }

    private static String hash(LayerTar tar) throws IOException {
        try {
            MessageDigest hash = MessageDigest.getInstance("SHA-256");
            byte[] part = new byte[8192];
            for (int n = tar.read(part, 0, part.length); n > 0; n = tar.read(part, 0, part.length)) {
                hash.update(part, 0, n);
            }
            return HexFormat.of().formatHex(hash.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String text(ByteString bytes) {
        return new String(bytes.toBytes(), StandardCharsets.UTF_8);
    }
}
