package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** The backend on a kernel with TCMU, in one run of a guest. The checks are in {@code tcmu-guest/checks}. */
@Tag("e2e")
@Tag("tcmu")
class TcmuTest {
    /** Layers of the golden image, bottom to top. */
    private static final List<String> LAYERS = List.of(
            "6dcf9436bb41670c608659dffbcc1eac135f067ca0fe9f2cdbb8d95a51e342e7",
            "c330c213f9263224419aed83408716da4f432fe163837c1802e5a777768dd581");

    private static final int CHECKS = 19;

    @TestFactory
    Stream<DynamicTest> overTcmu() throws Exception {
        Path state = TestEnvironment.directory(TcmuTest.class);
        TcmuGuest guest = new TcmuGuest(TestEnvironment.sources().resolve("tcmu-guest"), state);
        guest.missing().ifPresent(reason -> assumeTrue(false, "TCMU: " + reason));
        prepare(state);

        List<TcmuGuest.Check> checks = guest.run(
                "checks",
                TestEnvironment.installation().root(),
                TestEnvironment.goldenImage().directory(),
                state);

        assertThat(checks).as("%s", state.resolve("guest.log")).hasSize(CHECKS);
        return checks.stream()
                .map(check -> DynamicTest.dynamicTest(
                        check.name(),
                        () -> assertThat(check.passed()).as(check.trace()).isTrue()));
    }

    /** What the guest needs that takes a JVM to make: there each costs seconds. */
    private static void prepare(Path state) throws Exception {
        Commands.in(state)
                .run(TestEnvironment.installation().makeAotCache(), "obd-tcmu")
                .orFail();
        Path data = state.resolve("data");
        Path index = state.resolve("index");
        Commands.in(state)
                .run(TestEnvironment.installation().tool("overlaybd-create"), data.toString(), index.toString(), "4")
                .orFail();
        List<Map<String, String>> lowers = LAYERS.stream()
                .map(layer -> Map.of(
                        "file",
                        TestEnvironment.goldenImage()
                                .directory()
                                .resolve("blobs")
                                .resolve(layer)
                                .toString()))
                .toList();
        String list = Json.write(lowers);
        Files.writeString(state.resolve("lowers"), list.substring(1, list.length() - 1));
        specification(state.resolve("read-only.json"), lowers, Map.of());
        specification(
                state.resolve("writable.json"), lowers, Map.of("index", index.toString(), "data", data.toString()));
        Files.writeString(
                state.resolve("overlaybd.json"),
                Json.write(Map.of(
                        "logPath",
                        "",
                        "controlSocket",
                        state.resolve("run/control.sock").toString(),
                        "ioTimeoutSeconds",
                        20,
                        "registry",
                        Map.of("readTimeout", 8),
                        "cacheConfig",
                        Map.of("cacheDir", state.resolve("cache").toString(), "cacheSizeGB", 1))));
    }

    private static void specification(Path file, List<Map<String, String>> lowers, Map<String, String> upper)
            throws Exception {
        Files.writeString(
                file,
                Json.write(
                        Map.of("repoBlobUrl", "", "lowers", lowers, "upper", upper, "resultFile", file + ".result")));
    }
}
