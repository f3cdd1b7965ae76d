package io.obd.tools.obd;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CatTest {
    @TempDir
    private Path dir;

    private Path config = Path.of("");

    @BeforeEach
    void writeConfig() throws Exception {
        config = ObdRun.config(dir, "A", "B", "C");
    }

    @Test
    void filesAreWrittenOneAfterAnotherThroughSymlinks() {
        ObdRun one = ObdRun.of("cat", config, "/dup");
        ObdRun two = ObdRun.of("cat", config, "/dup", "//etc/../dup");

        assertThat(one.bytes()).hasSize(22);
        assertThat(two.out()).isEqualTo(one.out() + one.out());
        assertThat(ObdRun.of("cat", config, "/etc/abs").bytes())
                .isEqualTo(ObdRun.of("cat", config, "/usr/bin/f1").bytes());
    }

    @Test
    void nothingIsWrittenIfOneOfThemIsNoFile() {
        ObdRun cat = ObdRun.of("cat", config, "/dup", "/etc");

        assertThat(cat.exitCode()).isEqualTo(1);
        assertThat(cat.bytes()).isEmpty();
        assertThat(cat.err()).isEqualTo("obd cat: /etc is no regular file, but a directory: obd ls lists it\n");
    }

    @Test
    void aWrongNameOfAnImageIsNotTakenForOneOfTheDockerHub() {
        assertThat(ObdRun.of("cat", "missing.obd", "/x").err())
                .isEqualTo("obd cat: missing.obd: no such file or directory\n");
        assertThat(ObdRun.of("cat", "some/app", "/x").err())
                .isEqualTo("obd cat: some/app: no such file; an image in a registry is written with its host,"
                        + " as in docker.io/some/app\n");
        assertThat(ObdRun.of("cat", dir, "/x").err()).contains("is a directory");
    }

    @Test
    void whatIsNoImageIsRefusedInOneLine() {
        ObdRun cat = ObdRun.of("cat", ObdRun.TREE, "/x");

        assertThat(cat.exitCode()).isEqualTo(1);
        assertThat(cat.err()).contains("LSMT header: magic not found").hasLineCount(1);
    }

    @Test
    void anUnknownCommandIsWrongUse() {
        assertThat(ObdRun.of("mount").exitCode()).isEqualTo(2);
        assertThat(ObdRun.of("mount").err()).startsWith("obd: there is no command mount\n");
        assertThat(ObdRun.of().err()).contains("one of inspect, fsck, ls, cat, cp, diff, export");
    }
}
