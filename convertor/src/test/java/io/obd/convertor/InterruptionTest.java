package io.obd.convertor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(240)
class InterruptionTest {
    private static final List<byte[]> LAYERS = List.of(
            SourceImages.tar(Map.of("file", "content")), SourceImages.tar(Map.of("other", "x".repeat(100_000))));

    @TempDir
    Path dir;

    @Test
    void aConversionThatIsInterruptedCleansUpAndPushesNothing() throws Exception {
        assertCleanEnd("INT", 130);
    }

    @Test
    void aConversionThatIsTerminatedCleansUpAndPushesNothing() throws Exception {
        assertCleanEnd("TERM", 128 + 15);
    }

    private void assertCleanEnd(String signal, int exitCode) throws Exception {
        Path work = dir.resolve("work");
        try (FakeRegistry registry = new FakeRegistry()) {
            SourceImages.push(registry, "v1", LAYERS, true);
            registry.stallAfterUploads(0);
            Process convertor = start(flags(registry, work));
            try {
                awaitLog("layer 0 converted");
                assertThat(work).isNotEmptyDirectory();

                Tool.run("kill", "-" + signal, Long.toString(convertor.pid()));

                assertThat(convertor.waitFor(60, TimeUnit.SECONDS)).isTrue();
            } finally {
                convertor.destroyForcibly();
            }
            assertThat(log()).content().contains("interrupted: cleaning up");
            assertThat(convertor.exitValue()).isEqualTo(exitCode);
            assertThat(work).doesNotExist();
            assertThat(registry.documents).doesNotContainKey("obd");
        }
    }

    @Test
    void aConversionThatIsKilledGoesOnFromTheLayersThatWereUploaded() throws Exception {
        Path work = dir.resolve("work");
        try (FakeRegistry registry = new FakeRegistry()) {
            SourceImages.push(registry, "v1", LAYERS, true);
            registry.stallAfterUploads(1);
            String[] flags = flags(registry, work);
            Process convertor = start(flags);
            try {
                awaitLog(" uploaded");
            } finally {
                convertor.destroyForcibly();
            }
            assertThat(convertor.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(registry.documents).doesNotContainKey("obd");
            assertThat(work).isNotEmptyDirectory();
            registry.stallAfterUploads(Integer.MAX_VALUE);

            Run run = Run.convertor(flags);

            assertThat(run.exitCode()).as(run.err()).isZero();
            assertThat(run.err()).contains(" reused: converted before");
            assertThat(registry.documents).containsKey("obd");
            assertThat(work).as("what the killed one left is gone").isEmptyDirectory();
        }
    }

    private String[] flags(FakeRegistry registry, Path work) {
        return new String[] {
            "-r",
            registry.host() + "/app",
            "--plain",
            "-i",
            "v1",
            "-o",
            "obd",
            "--vsize",
            "1",
            "-d",
            work.toString(),
            "--db-str",
            dir.resolve("records.db").toString()
        };
    }

    /** Interrupts are let through, which whoever started the tests may have turned off. */
    private Process start(String... args) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(
                "python3",
                "-c",
                "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName());
        builder.command().addAll(List.of(args));
        // To a file: of a pipe, Java may lose what the process writes just before it ends.
        return builder.redirectError(log().toFile()).start();
    }

    private Path log() {
        return dir.resolve("log");
    }

    private void awaitLog(String text) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(90);
        while (!Files.readString(log()).contains(text)) {
            assertThat(System.nanoTime()).as("waited for '%s' in vain", text).isLessThan(end);
            Thread.sleep(10);
        }
    }
}
