package io.obd.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.obd.image.ImageConfig;
import io.obd.image.ImageConfig.Lower;
import io.obd.image.ImageConfig.Upper;
import io.obd.lsmt.LayeredImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** EROFS made of tars, and on top of what the original made. */
class ErofsApplyTest {
    private static final Path TAR = Golden.blocks("turbooci/T.tar.gz");

    @TempDir
    private Path dir;

    private final List<Lower> lowers = new ArrayList<>();

    @BeforeEach
    void root() {
        assumeTrue(System.getProperty("user.name").equals("root"), "mounting needs root");
    }

    @Test
    void theTreeIsTheOneThatTheOriginalMakesButForTheAttributesAtAHardLink() throws Exception {
        build(TAR);
        List<String> ours = tree("ours", lowers);
        List<String> theirs = tree("theirs", List.of(original()));

        assertThat(ours).hasSizeGreaterThan(30);
        assertThat(withoutLinked(ours)).isEqualTo(withoutLinked(theirs));
        assertThat(ours)
                .filteredOn(ErofsApplyTest::isLinked)
                .hasSize(2)
                .allSatisfy(line -> assertThat(line).contains("\"gid\": 0", "\"mtime\": 1700000000000000000"));
        assertThat(theirs)
                .filteredOn(ErofsApplyTest::isLinked)
                .hasSize(2)
                .allSatisfy(line -> assertThat(line).contains("\"gid\": 3"));
    }

    @Test
    void aLayerGoesOnTopOfOneOfTheOriginal() throws Exception {
        lowers.add(original());
        Path files = Files.createDirectories(dir.resolve("files/bin"));
        Files.writeString(files.resolve("new"), "new".repeat(5000));
        Files.createFile(files.resolve(".wh.p1"));
        Path names = Files.createDirectories(dir.resolve("files/names"));
        for (int i = 0; i < 500; i++) {
            Files.createSymbolicLink(names.resolve("a-name-of-some-length-" + i), Path.of("target-" + i));
        }
        Path tar = dir.resolve("top.tar");
        Shell.run("tar", "--owner=7", "--group=70000", "--mtime=@5", "-C", dir.resolve("files"), "-cf", tar, ".");
        List<String> before = tree("before", lowers);

        build(tar);

        List<String> after = tree("after", lowers);
        assertThat(after).filteredOn(line -> line.contains("/names/")).hasSize(500);
        assertThat(after).filteredOn(line -> !line.contains("/names")).hasSameSizeAs(before);
        assertThat(after)
                .filteredOn(line -> !before.contains(line) && !line.contains("/names"))
                .hasSize(2)
                .anySatisfy(line -> assertThat(line)
                        .contains("\"gid\": 70000", "\"mtime\": 5000000000", "/bin/new\"", "\"size\": 15000"))
                .anySatisfy(line -> assertThat(line).contains("\"gid\": 70000", "\"/bin\""));
        assertThat(before)
                .filteredOn(line -> !after.contains(line))
                .hasSize(2)
                .anySatisfy(line -> assertThat(line).contains("/bin/p1\""))
                .anySatisfy(line -> assertThat(line).contains("\"/bin\""));
    }

    private static boolean isLinked(String line) {
        return line.contains("\"nlink\": 2") && line.contains("\"sha256\"");
    }

    private static List<String> withoutLinked(List<String> lines) {
        return lines.stream().filter(line -> !isLinked(line)).toList();
    }

    private static Lower original() {
        return new Lower(
                Golden.blocks("turbooci/erofs-gz.fs.meta").toString(),
                "",
                "",
                0,
                TAR.toString(),
                "",
                "../libs/block-io/src/test/resources/golden/turbooci/ext4-gz.gzip.meta");
    }

    private void build(Path blob) throws IOException {
        Path data = dir.resolve("data");
        Path index = dir.resolve("index");
        ToolRun.of("create", data, index, 1, "--turboOCI").orFail();
        Path config = dir.resolve("config.json");
        new ImageConfig("", lowers, "")
                .withUpper(new Upper(index.toString(), data.toString(), blob.toString(), "", 0))
                .write(config);
        Path gzipIndex = dir.resolve("gzip.meta");
        ToolRun.named("turboOCI-apply", blob, config, "--gz_index_path", gzipIndex, "--fstype", "erofs")
                .orFail();
        Path metadata = dir.resolve("erofs.fs.meta");
        ToolRun.of("commit", "-z", "--turboOCI", data, index, metadata).orFail();
        String used = Files.exists(gzipIndex) ? gzipIndex.toString() : "";
        lowers.add(new Lower(metadata.toString(), "", "", 0, blob.toString(), "", used));
    }

    /** What the kernel shows below the root, a line for each file. */
    private List<String> tree(String name, List<Lower> layers) throws Exception {
        Path config = dir.resolve(name + ".json");
        new ImageConfig("", layers, "").write(config);
        Path raw = dir.resolve(name + ".raw");
        try (LayeredImage image = Disks.open(config)) {
            Disks.copy(image, raw);
        }
        Shell.run("fsck.erofs", raw);
        Path mount = Files.createDirectory(dir.resolve(name + ".mount"));
        Shell.run("mount", "-t", "erofs", "-o", "loop,ro", raw, mount);
        try {
            return Shell.run("python3", "../libs/image-fs/src/test/resources/tree.py", mount)
                    .lines()
                    .skip(1) // the root, which the original makes with mode 0777
                    .toList();
        } finally {
            Shell.run("umount", mount);
        }
    }
}
