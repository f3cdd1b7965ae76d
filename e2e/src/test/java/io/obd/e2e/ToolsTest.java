package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The overlaybd-* tools as they are installed, with the kernel and a registry. */
@Tag("e2e")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ToolsTest {
    private static final Registry.User WRITER = new Registry.User("writer", "tools secret");

    @TempDir
    static Path directory;

    private Registry registry;
    private Path programs;
    private Path tar;
    private int made;

    @BeforeAll
    void start() throws Exception {
        registry = Registry.start(directory.resolve("registry"), WRITER);
        programs = Path.of(TestEnvironment.installation().backend()).resolveSibling("");
        tar = directory.resolve("layer.tar");
        commands()
                .run("tar", "-cf", tar.toString(), "-C", programs.resolve("..").toString(), "bin")
                .orFail();
    }

    @AfterAll
    void stop() throws Exception {
        registry.close();
    }

    @Test
    void theKernelReadsWhatIsApplied() throws Exception {
        Path raw = name("raw");
        Path mountPoint = Files.createDirectories(name("mnt"));
        tool("create", raw, name("raw-index"), 1, "--raw", "--mkfs").orFail();
        assertThat(tool("apply", "--raw", tar, raw).orFail().out()).isEqualTo("overlaybd-apply done\n");

        commands()
                .run("mount", "-o", "loop,ro", raw.toString(), mountPoint.toString())
                .orFail();
        try {
            commands()
                    .run("diff", "-r", mountPoint.resolve("bin").toString(), programs.toString())
                    .orFail();
        } finally {
            commands().run("umount", mountPoint.toString()).orFail();
        }
    }

    @Test
    void aDeviceGoesThroughAllTools() throws Exception {
        Path data = name("data");
        Path index = name("index");
        Path layer = name("layer");
        Path merged = name("merged");
        Path config = config(data, index);
        tool("create", data, index, 1, "--mkfs").orFail();
        tool("apply", tar, config).orFail();
        assertThat(tool("resize", "--config", config, "--size", 2).orFail().out())
                .startsWith("Success: ");
        tool("commit", "-z", "--algorithm", "zstd", "-t", data, index, layer).orFail();
        tool("merge", config, merged).orFail();

        for (Path result : new Path[] {layer, merged}) {
            assertThat(tool("zfile", "--verify", result).orFail().out())
                    .isEqualTo(result + " is a valid zfile blob.\n");
        }
        assertThat(tool("commit", data, index, layer).err())
                .isEqualTo("failed to open file '" + layer + "', 17: File exists\n");
    }

    @Test
    void aLayerIsUploadedWhileItIsWritten() throws Exception {
        Path layer = name("uploaded");
        Run run = upload(layer, WRITER.password(), registry.authority()).orFail();

        String digest = run.err().strip();
        assertThat(run.out()).isEqualTo("overlaybd-commit has committed files SUCCESSFULLY\n");
        assertThat(registry.blob(digest)).hasSameBinaryContentAs(layer);
    }

    @Test
    void aWrongPasswordUploadsNothing() throws Exception {
        Run run = upload(name("refused"), "wrong", registry.authority());

        assertThat(run.status()).isEqualTo(255);
        assertThat(run.err()).contains("401", "user \"writer\"").doesNotContain("wrong");
        assertThat(name("refused")).doesNotExist();
    }

    @Test
    void anUnknownAuthorityIsNotTrusted() throws Exception {
        Run run = upload(name("untrusted"), WRITER.password(), null);

        assertThat(run.status()).isEqualTo(255);
        assertThat(run.err()).contains("no TLS connection");
    }

    @Test
    void wrongArgumentsHaveTheExitCodesOfTheOriginals() throws Exception {
        assertThat(tool("create").status()).isEqualTo(106);
        assertThat(tool("create", name("a"), name("b"), "x").status()).isEqualTo(105);
        assertThat(tool("create", name("a"), name("b"), 1, 2).status()).isEqualTo(109);
        assertThat(tool("commit", "--help").status()).isZero();
    }

    /** All but {@code ctr}, whose version is that of containerd's. */
    @Test
    void everyProgramSaysWhatItIs() throws Exception {
        Path root = programs.resolve("../../..").normalize();
        List<Path> asked = new ArrayList<>();
        for (String directory : List.of("opt/overlaybd/bin", "opt/overlaybd/snapshotter", "usr/local/bin")) {
            try (Stream<Path> files = Files.list(root.resolve(directory))) {
                files.filter(Files::isExecutable)
                        .filter(file -> !file.endsWith("make-aot-cache") && !file.endsWith("ctr"))
                        .forEach(asked::add);
            }
        }

        assertThat(asked).hasSizeGreaterThan(15);
        for (Path program : asked) {
            Run run = commands().run(program.toString(), "--version").orFail();
            assertThat(run.out()).as("%s", program).containsPattern("v[0-9.]+-obd");
            assertThat(run.err()).as("%s", program).isEmpty();
        }
    }

    private Run upload(Path layer, String password, @Nullable Path authority) throws Exception {
        Path data = name("data-" + made);
        Path index = name("index-" + made++);
        tool("create", data, index, 1, "--mkfs").orFail();
        tool("apply", tar, config(data, index)).orFail();
        String auth =
                Base64.getEncoder().encodeToString((WRITER.name() + ":" + password).getBytes(StandardCharsets.UTF_8));
        Path credentials = Files.writeString(
                name("cred.json"), "{\"auths\":{\"" + registry.host() + "\":{\"auth\":\"" + auth + "\"}}}");
        Stream<Object> trust = authority == null ? Stream.empty() : Stream.of("--tls_ca_path", authority);
        Stream<Object> rest = Stream.of(
                "-z",
                "--upload",
                "https://" + registry.host() + "/v2/team/app/blobs/uploads/",
                "--upload_bs",
                64,
                "--cred_file_path",
                credentials,
                data,
                index,
                layer);
        return tool("commit", Stream.concat(trust, rest).toArray());
    }

    private Path config(Path data, Path index) throws Exception {
        return Files.writeString(
                name(data.getFileName() + ".json"),
                "{\"lowers\":[],\"upper\":{\"data\":\"" + data + "\",\"index\":\"" + index + "\"}}");
    }

    private Run tool(String name, Object... arguments) throws Exception {
        return commands()
                .run(Stream.concat(Stream.of(programs.resolve("overlaybd-" + name)), Stream.of(arguments))
                        .map(String::valueOf)
                        .toList());
    }

    private Path name(String name) {
        return directory.resolve(name);
    }

    private Commands commands() throws Exception {
        return Commands.in(directory);
    }
}
