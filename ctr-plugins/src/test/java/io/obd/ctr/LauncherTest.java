package io.obd.ctr;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shell part of our ctr: which commands are ours, and how the others get to containerd's ctr. */
class LauncherTest {
    private static final Path LAUNCHER = Path.of("../bin/ctr");

    @TempDir
    Path dir;

    private String bin;
    private Path ours;

    @BeforeEach
    void installs() throws IOException {
        bin = dir.resolve("bin").toString();
        script(dir.resolve("bin/ctr"), "echo \"pid $$\"; printf '<%s>' \"$@\"; exit 7");
        ours = install(dir.resolve("ours"));
    }

    @Test
    void otherCommandsBecomeContainerdsCtrWithTheirArgumentsUnchanged() throws Exception {
        Run run = run(bin, ours, "run", "--rm", "a b", "", "*", "-d");

        assertThat(run.output()).contains("<run><--rm><a b><><*><-d>");
        assertThat(run.exitCode()).isEqualTo(7);
    }

    @Test
    void theProcessIsContainerdsCtrItself() throws Exception {
        Run run = run(bin, ours, "version");

        assertThat(run.output()).contains("pid " + run.pid() + "\n");
    }

    @Test
    void rpullIsOurs() throws Exception {
        assertThat(run(bin, ours, "rpull", "x y").output()).contains("ours <rpull><x y>");
    }

    @Test
    void theCommandIsFoundBehindGlobalFlags() throws Exception {
        Run run = run(bin, ours, "--debug", "-a", "run", "--namespace", "ps", "--timeout=3s", "rpull");

        assertThat(run.output()).contains("ours <--debug><-a><run><--namespace><ps><--timeout=3s><rpull>");
    }

    @Test
    void helpAboutOurCommandsIsOurs() throws Exception {
        assertThat(run(bin, ours, "--debug", "help", "obdconv").output()).contains("ours <obdconv><--help>");
        assertThat(run(bin, ours, "h", "rpull").output()).contains("ours <rpull><--help>");
        assertThat(run(bin, ours, "help", "run").output()).contains("<help><run>");
        assertThat(run(bin, ours, "help").output()).contains("<help>");
    }

    @Test
    void aFlagsValueIsNoCommand() throws Exception {
        assertThat(run(bin, ours, "-n", "rpull", "ps").output()).contains("<-n><rpull><ps>");
    }

    @Test
    void oursIsPassedOverInThePath() throws Exception {
        Path alias = Files.createDirectories(dir.resolve("alias")).resolve("ctr");
        Files.createSymbolicLink(alias, ours);
        String path = alias.getParent() + ":" + ours.getParent() + ":" + bin;

        assertThat(run(path, alias, "version").output()).contains("<version>");
    }

    @Test
    void twoCopiesOfOursDoNotHandTheCommandToAndFro() throws Exception {
        Path copy = install(dir.resolve("copy"));
        String path = copy.getParent() + ":" + ours.getParent() + ":" + bin;

        assertThat(run(path, ours, "version").output()).contains("<version>");
    }

    @Test
    void aWrapperThatLeadsBackIsReported() throws Exception {
        script(dir.resolve("wrapper/ctr"), "exec " + ours + " \"$@\"");

        Run run = run(dir.resolve("wrapper").toString(), ours, "version");

        assertThat(run.output()).contains("leads back to " + ours.toRealPath());
        assertThat(run.exitCode()).isEqualTo(127);
    }

    /** The launcher as installed, with a launch.sh that tells what it was given. */
    private static Path install(Path home) throws IOException {
        Files.createDirectories(home.resolve("lib"));
        Files.writeString(
                home.resolve("lib/launch.sh"), "launch() { shift 3; printf 'ours '; printf '<%s>' \"$@\"; exit 0; }\n");
        Path launcher = home.resolve("snapshotter/ctr");
        Files.createDirectories(launcher.getParent());
        Files.copy(LAUNCHER, launcher);
        return executable(launcher);
    }

    private static Path script(Path path, String commands) throws IOException {
        Files.createDirectories(path.getParent());
        return executable(Files.writeString(path, "#!/bin/sh\n" + commands + "\n"));
    }

    private static Path executable(Path file) throws IOException {
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private record Run(long pid, int exitCode, String output) {}

    private static Run run(String path, Path program, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("PATH", path + ":" + System.getenv("PATH"));
        builder.environment().remove("OVERLAYBD_CTR_SEEN");
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        return new Run(process.pid(), process.exitValue(), output);
    }
}
