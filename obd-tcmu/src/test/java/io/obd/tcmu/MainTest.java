package io.obd.tcmu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.obd.image.ControlClient;
import io.obd.linux.TargetModule;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program in a process of its own. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MainTest {
    @TempDir
    Path dir;

    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void end() {
        started.forEach(Process::destroyForcibly);
    }

    @Test
    void itServesUntilItIsToldToStopAndThenSucceeds() throws Exception {
        assumeTrue(Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "mounting needs the root user");
        Process daemon = start("""
                {
                  "frontend": "fuse-loop",
                  "controlSocket": "%1$s/run/control.sock",
                  "cacheConfig": {"cacheDir": "%1$s/cache"}, "auditPath": "%1$s/audit.log",
                  "logConfig": {"logPath": "%1$s/daemon.log"},
                  "unheardOf": 1
                }
                """.formatted(dir));
        List<String> lines = new ArrayList<>();
        BufferedReader err = daemon.errorReader();
        for (String line = err.readLine(); line != null; line = err.readLine()) {
            lines.add(line);
            if (line.contains("ready")) {
                break;
            }
        }
        assertThat(lines).anySatisfy(line -> assertThat(line).contains("overlaybd.json:6: unheardOf: unknown key"));
        new ControlClient(dir.resolve("run/control.sock"), Duration.ofSeconds(10)).health();

        daemon.destroy();

        assertThat(daemon.waitFor()).isZero();
        assertThat(dir.resolve("daemon.log")).content().contains("ready").contains("stopped");
    }

    @Test
    void aLogThatCannotBeWrittenCostsNoDevices() throws Exception {
        assumeTrue(Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "mounting needs the root user");
        Path file = Files.createFile(dir.resolve("file"));
        Process daemon = start("""
                {
                  "frontend": "fuse-loop", "enableAudit": false,
                  "controlSocket": "%1$s/run/control.sock",
                  "cacheConfig": {"cacheDir": "%1$s/cache"},
                  "logConfig": {"logPath": "%1$s/file/daemon.log"}
                }
                """.formatted(dir));
        BufferedReader err = daemon.errorReader();

        String first = err.readLine();

        assertThat(first)
                .contains("level=warning")
                .contains("logPath: the log is written to standard error only: " + file);
        assertThat(err.lines().anyMatch(line -> line.contains("ready"))).isTrue();
        daemon.destroy();
        assertThat(daemon.waitFor()).isZero();
    }

    @Test
    void aFileOfAuthoritiesWithoutACertificateIsNamedAtTheStart() throws Exception {
        assumeTrue(Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "mounting needs the root user");
        Path file = Files.writeString(dir.resolve("ca.pem"), "no certificate");
        Process daemon = start("""
                {
                  "frontend": "fuse-loop", "enableAudit": false,
                  "controlSocket": "%1$s/run/control.sock",
                  "cacheConfig": {"cacheDir": "%1$s/cache"},
                  "registry": {"caFiles": ["%2$s"]}
                }
                """.formatted(dir, file));

        assertThat(daemon.errorReader()
                        .lines()
                        .anyMatch(line -> line.contains("no registry can be asked by TLS until this is mended: ")
                                && line.contains(file.toString())))
                .isTrue();
        daemon.destroy();
        assertThat(daemon.waitFor()).isZero();
    }

    @Test
    void aWrongConfigurationIsNamedWithLineAndKey() throws Exception {
        Process daemon = start("{\n  \"ioTimeoutSeconds\": \"long\"\n}");

        assertThat(daemon.errorReader().readLine()).contains("overlaybd.json:2: ioTimeoutSeconds: ");
        assertThat(daemon.waitFor()).isEqualTo(1);
    }

    @Test
    void aFrontendThatIsNotToBeHadIsNamed() throws Exception {
        assumeTrue(TargetModule.load().isPresent(), "TCMU: the kernel of this machine has it");
        Process daemon = start("""
                {"frontend": "tcmu", "controlSocket": "%1$s/run/control.sock", "cacheConfig": {"cacheDir": "%1$s/cache"}, "auditPath": "%1$s/audit.log",
                 "logConfig": {"logPath": "%1$s/daemon.log"}}
                """.formatted(dir));

        assertThat(daemon.errorReader().readLine()).contains("frontend tcmu: the kernel has no target_core_user");
        assertThat(daemon.waitFor()).isEqualTo(1);
    }

    @Test
    void helpIsAnAnswer() throws Exception {
        Process help = run("--help");

        assertThat(help.inputReader().readLine()).startsWith("usage: overlaybd-tcmu [CONFIG]");
        assertThat(help.waitFor()).isZero();
    }

    private Process start(String config) throws IOException {
        return run(Files.writeString(dir.resolve("overlaybd.json"), config).toString());
    }

    private Process run(String argument) throws IOException {
        Process program = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        argument)
                .start();
        started.add(program);
        return program;
    }
}
