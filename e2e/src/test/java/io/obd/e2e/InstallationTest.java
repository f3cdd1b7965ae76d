package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The assembled tree: launchers, installing, unit files. */
@Tag("e2e")
class InstallationTest {
    private static final String OPT = "opt/overlaybd/";

    @TempDir
    private Path destination;

    @Test
    void installingKeepsWhatTheOperatorChanged() throws Exception {
        commands().run("bin/install", "--without-aot-cache").orFail();
        Path configuration = destination.resolve("etc/overlaybd/overlaybd.json");
        String original = Files.readString(configuration);
        Files.writeString(configuration, "{}");

        Run again = commands().run("bin/install", "--without-aot-cache").orFail();

        assertThat(configuration).hasContent("{}");
        assertThat(destination.resolve("etc/overlaybd/overlaybd.json.new")).hasContent(original);
        assertThat(again.out()).contains("kept " + configuration);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(destination.resolve(OPT + "cred.json"))))
                .isEqualTo("rw-------");
    }

    @Test
    void everythingOfTheTreeIsInstalled() throws Exception {
        commands().run("bin/install", "--without-aot-cache").orFail();

        assertThat(files(destination))
                .isEqualTo(files(TestEnvironment.installation().root()));
    }

    /** Paths of files below a directory, but for caches, which are recorded where they are used. */
    private static List<String> files(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> root.relativize(file).toString())
                    .filter(file -> !file.startsWith(OPT + "lib/aot/"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void programsOfTheSameNameAreKept() throws Exception {
        Path commands = Files.createDirectories(destination.resolve("usr/local/bin"));
        Files.writeString(commands.resolve("nydusd"), "the original");

        commands().run("bin/install", "--without-aot-cache").orFail();
        commands().run("bin/install", "--without-aot-cache").orFail();

        assertThat(commands.resolve("nydusd.original")).hasContent("the original");
        assertThat(commands()
                        .run(commands.resolve("nydusd").toString(), "--version")
                        .orFail()
                        .output())
                .contains("Version");
        assertThat(destination.resolve("etc/nydus/config.toml")).exists();
    }

    @Test
    void aProgramThatWasPutOverOursIsKeptToo() throws Exception {
        Path commands = Files.createDirectories(destination.resolve("usr/local/bin"));
        for (String program : List.of("old", "new")) {
            Files.writeString(commands.resolve("nydusd"), program);
            commands().run("bin/install", "--without-aot-cache").orFail();
        }

        assertThat(commands.resolve("nydusd.original")).hasContent("new");
        assertThat(commands.resolve("nydusd.original.~1~")).hasContent("old");
    }

    @Test
    void theInstalledTreeWorksWhereverItIs() throws Exception {
        commands().run("bin/install", "--without-aot-cache").orFail();

        Run help = commands()
                .run(destination.resolve(OPT + "snapshotter/convertor").toString(), "--help");

        assertThat(help.output()).contains("--repository");
    }

    @Test
    void aLauncherWorksThroughASymbolicLink() throws Exception {
        Path link = Files.createSymbolicLink(
                destination.resolve("convert-it"),
                Path.of(TestEnvironment.installation().convertor()));

        assertThat(commands().run(link.toString(), "--help").output()).contains("--repository");
    }

    @Test
    void aCacheThatDoesNotFitCostsNoWords() throws Exception {
        commands().run("bin/install").orFail();
        String convertor = destination.resolve(OPT + "snapshotter/convertor").toString();
        Run before = commands().run(convertor, "--help");
        Files.writeString(cache("convertor"), "not a cache");

        Run after = commands().run(convertor, "--help");

        assertThat(after.output()).isEqualTo(before.output());
    }

    @Test
    void aCacheOfOtherJarsIsNotRead() throws Exception {
        commands().run("bin/install", "--without-aot-cache").orFail();
        commands()
                .run(destination.resolve(OPT + "bin/make-aot-cache").toString(), "obd-tools")
                .orFail();
        Path cache = cache("obd-tools");
        Commands telling = commands().with(Map.of("OVERLAYBD_JAVA_OPTS", "-Xlog:class+path=info"));
        String tool = destination.resolve(OPT + "bin/overlaybd-create").toString();
        assertThat(telling.run(tool, "--help").out()).contains("from " + cache);
        Path lib = destination.resolve(OPT + "lib");
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(lib, "picocli-*.jar")) {
            Files.setLastModifiedTime(jars.iterator().next(), FileTime.from(Instant.parse("2020-01-01T00:00:00Z")));
        }

        assertThat(telling.run(tool, "--help").out()).doesNotContain("from " + cache);
    }

    /** The one cache of a module. */
    private Path cache(String module) throws IOException {
        try (DirectoryStream<Path> found =
                Files.newDirectoryStream(destination.resolve(OPT + "lib/aot"), module + "-*.aot")) {
            List<Path> caches = new ArrayList<>();
            found.forEach(caches::add);
            assertThat(caches).hasSize(1);
            return caches.getFirst();
        }
    }

    @Test
    void withoutAJavaTheLauncherSaysWhatToInstall() throws Exception {
        Path tree = Files.createDirectories(destination.resolve("opt/overlaybd/lib"));
        Path launch = tree.resolve("launch.sh");
        Files.writeString(
                launch,
                Files.readString(TestEnvironment.installation().root().resolve(OPT + "lib/launch.sh"))
                        .replace("/usr/lib/jvm", "/nonexistent"));
        Path launcher =
                Files.createDirectories(destination.resolve(OPT + "bin")).resolve("overlaybd-tcmu");
        Files.copy(Path.of(TestEnvironment.installation().backend()), launcher);

        Run run = commands()
                .with(Map.of("JAVA_HOME", "", "PATH", toolsWithoutJava().toString()))
                .run(launcher.toString());

        assertThat(run.status()).isEqualTo(127);
        assertThat(run.err()).contains("no Java 25").contains("openjdk-25-jdk-headless");
    }

    @Test
    void theSystemsCtrGetsEverythingThatIsNotOurs() throws Exception {
        Path system = Files.createDirectories(destination.resolve("system"));
        Path ctr = system.resolve("ctr");
        Files.writeString(ctr, "#!/bin/sh\nprintf '%s|' \"$@\"\n");
        Files.setPosixFilePermissions(ctr, PosixFilePermissions.fromString("rwxr-xr-x"));
        Commands withCtr = commands().with(Map.of("PATH", system + ":" + System.getenv("PATH")));
        String ours = TestEnvironment.installation().ctr();

        assertThat(withCtr.run(ours, "-a", "rpull", "--namespace", "n s", "images", "ls", "rpull")
                        .out())
                .isEqualTo("-a|rpull|--namespace|n s|images|ls|rpull|");
        assertThat(withCtr.run(ours, "--address=x", "--debug", "rpull", "--help")
                        .output())
                .contains("rpull")
                .doesNotContain("|");
    }

    @Test
    void systemdAcceptsTheUnitFiles() throws Exception {
        String root = TestEnvironment.installation().root().toString();
        // In a mount namespace of its own, the tree is where the units expect it.
        Run verify = commands()
                .run(List.of(
                        "unshare",
                        "--mount",
                        "sh",
                        "-e",
                        "-c",
                        "mount -t tmpfs none /opt; cp -r \"$0/opt/overlaybd\" /opt/; cd /opt/overlaybd;"
                                + " systemd-analyze verify ./overlaybd-tcmu.service ./snapshotter/overlaybd-snapshotter.service",
                        root));

        assertThat(verify.orFail().output()).isEmpty();
    }

    /** Commands in the repository, that install into the test's directory. */
    private Commands commands() throws IOException {
        return Commands.in(TestEnvironment.sources().resolve("..")).with(Map.of("DESTDIR", destination.toString()));
    }

    /** A directory that holds what the launchers call, and no java. */
    private Path toolsWithoutJava() throws Exception {
        Path tools = Files.createDirectories(destination.resolve("tools"));
        for (String tool : List.of("readlink", "grep", "sh")) {
            Files.createSymbolicLink(tools.resolve(tool), Path.of("/bin", tool).toRealPath());
        }
        return tools;
    }
}
