package io.obd.tools.obd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.obd.linux.Statx;
import io.obd.linux.Xattrs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CpTest {
    @TempDir
    private Path dir;

    private Path config = Path.of("");

    @BeforeEach
    void writeConfig() throws Exception {
        config = ObdRun.config(dir, "A", "B", "C");
    }

    @Test
    void rootGetsTheWholeTreeWithEveryAttribute() throws Exception {
        assumeTrue(Files.getAttribute(Path.of("/proc/self/status"), "unix:uid").equals(0), "owners need root");
        Path copy = dir.resolve("copy");

        ObdRun cp = ObdRun.of("cp", config, "/", copy);

        assertThat(cp.err()).isEmpty();
        assertThat(cp.exitCode()).isZero();
        for (JsonNode entry : new ObjectMapper().readTree(ObdRun.TREE.toFile())) {
            Path file = copy.resolve("." + entry.get("path").asText()).normalize();
            Statx found = Statx.of(file);
            assertThat(Integer.toOctalString(found.mode()) + " " + found.uid() + ":" + found.gid() + " "
                            + found.mtime().getEpochSecond())
                    .as(file.toString())
                    .isEqualTo(entry.get("mode").asText().substring(2) + " " + entry.get("uid") + ":" + entry.get("gid")
                            + " " + entry.get("mtime"));
            if (entry.has("size")) {
                assertThat(found.size()).isEqualTo(entry.get("size").asLong());
                assertThat(found.nlink()).isEqualTo(entry.get("nlink").asLong());
            }
            if (entry.has("target")) {
                assertThat(Files.readSymbolicLink(file))
                        .hasToString(entry.get("target").asText());
            }
            for (Map.Entry<String, JsonNode> xattr : entry.path("xattrs_hex").properties()) {
                assertThat(new Xattrs().get(file, xattr.getKey()).map(HexFormat.of()::formatHex))
                        .isEqualTo(Optional.of(xattr.getValue().asText()));
            }
        }
    }

    @Test
    void aFileIsCopiedIntoADirectoryUnderItsName() throws Exception {
        assertThat(ObdRun.of("cp", config, "/dup", dir).exitCode()).isZero();

        assertThat(dir.resolve("dup")).hasSize(22);
        assertThat(names()).containsExactlyInAnyOrder("ABC.json", "dup");
    }

    @Test
    void whatExistsIsReplacedOnlyOnDemand() throws Exception {
        Path mine = Files.writeString(dir.resolve("mine"), "mine");

        assertThat(ObdRun.of("cp", config, "/dup", mine).err()).isEqualTo("obd cp: " + mine + ": exists already\n");
        assertThat(mine).hasContent("mine");
        assertThat(ObdRun.of("cp", "-f", config, "/dup", mine).exitCode()).isZero();
        assertThat(mine).hasSize(22);
    }

    @Test
    void aSymlinkIsCopiedAndNotFollowed() throws Exception {
        Path link = dir.resolve("link");

        assertThat(ObdRun.of("cp", config, "/etc/abs", link).exitCode()).isZero();

        assertThat(Files.readSymbolicLink(link)).hasToString("/usr/bin/f1");
    }

    @Test
    void nothingIsLeftOfACopyThatFailed() throws Exception {
        byte[] bytes = Files.readAllBytes(ObdRun.GOLDEN.resolve("layer-A.obd"));
        for (int i = 150_000; i < 250_000; i += 512) {
            bytes[i] ^= 1;
        }
        Path damaged = Files.write(dir.resolve("damaged.obd"), bytes);

        ObdRun cp = ObdRun.of("cp", damaged, "/usr", dir.resolve("usr"));

        assertThat(cp.exitCode()).isEqualTo(1);
        assertThat(cp.err()).contains("CRC is");
        assertThat(names()).containsExactlyInAnyOrder("ABC.json", "damaged.obd");
    }

    private Stream<String> names() throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            return files.map(file -> file.getFileName().toString()).toList().stream();
        }
    }
}
