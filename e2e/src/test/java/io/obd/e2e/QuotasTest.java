package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * Disk quotas of containers on a kernel that has project quotas, in one run of a guest. The checks are in
 * {@code tcmu-guest/quotas}.
 */
@Tag("e2e")
@Tag("quota")
class QuotasTest {
    private static final int CHECKS = 6;

    @TestFactory
    Stream<DynamicTest> onProjectQuotas() throws Exception {
        Path state = TestEnvironment.directory(QuotasTest.class);
        TcmuGuest guest = new TcmuGuest(TestEnvironment.sources().resolve("tcmu-guest"), state);
        guest.missing().ifPresent(reason -> assumeTrue(false, "TCMU: " + reason));
        // Starting takes long enough there.
        Commands.in(state)
                .run(TestEnvironment.installation().makeAotCache(), "obd-snapshotter")
                .orFail();

        List<TcmuGuest.Check> checks =
                guest.run("quotas", TestEnvironment.installation().root(), state);

        assertThat(checks).as("%s", state.resolve("guest.log")).hasSize(CHECKS);
        return checks.stream()
                .map(check -> DynamicTest.dynamicTest(
                        check.name(),
                        () -> assertThat(check.passed()).as(check.trace()).isTrue()));
    }
}
