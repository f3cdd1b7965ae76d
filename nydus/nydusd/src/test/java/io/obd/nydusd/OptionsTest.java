package io.obd.nydusd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class OptionsTest {
    private static Options parse(String... arguments) {
        Options options = new Options();
        new CommandLine(options).parseArgs(arguments);
        options.check();
        return options;
    }

    @Test
    void whatTheSnapshotterStartsIsUnderstood() {
        Options options =
                parse(("fuse --thread-num 8 --config /c --bootstrap /b --mountpoint /m --apisock /s --log-level debug"
                                + " --log-rotation-size 100 --supervisor /v --id i --log-file /l --prefetch-files /p"
                                + " --failover-policy resend")
                        .split(" "));

        assertThat(options.threads).isEqualTo(8);
        assertThat(options.mountPoint).isEqualTo(Path.of("/m"));
        assertThat(options.supervisor).isEqualTo(Path.of("/v"));
    }

    @Test
    void theServiceMayBeLeftOut() {
        assertThat(parse("--mountpoint", "/m", "-C", "/c", "-B", "/b").bootstrap)
                .isEqualTo(Path.of("/b"));
    }

    @ParameterizedTest
    @CsvSource({
        "--id x, --supervisor",
        "--upgrade, --supervisor",
        "--bootstrap /b, --config",
        "--config /c --localfs-dir /d, exclude",
        "--shared-dir /d, --shared-dir",
        "--dedup-db /d, --dedup-db",
        "--hybrid-mode, --hybrid-mode",
        "--failover-policy flush, flush",
        "--fuse-threads 0, --fuse-threads",
        "--log-level loud, --log-level",
        "http, no service http",
    })
    void whatDoesNotFitTogetherIsRefused(String arguments, String named) {
        assertThatThrownBy(() -> parse(("--mountpoint /m " + arguments).split(" ")))
                .hasMessageContaining(named);
    }

    @Test
    void servicesOfTheOriginalAreKnownByName() {
        assertThat(Options.otherService(new String[] {"virtiofs", "--sock", "x"}))
                .contains("virtiofs");
        assertThat(Options.otherService(new String[] {"-l", "info", "nbd", "/dev/nbd0"}))
                .contains("nbd");
        assertThat(Options.otherService(new String[] {"fuse", "--id", "nbd"})).isEmpty();
    }
}
