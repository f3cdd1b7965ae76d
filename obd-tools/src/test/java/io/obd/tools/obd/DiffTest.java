package io.obd.tools.obd;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiffTest {
    @TempDir
    private Path dir;

    @Test
    void anImageDoesNotDifferFromItself() throws Exception {
        Path config = ObdRun.config(dir, "A", "B", "C");

        assertThat(ObdRun.of("diff", config, config)).satisfies(diff -> {
            assertThat(diff.err()).isEmpty();
            assertThat(diff.out()).isEmpty();
            assertThat(diff.exitCode()).isZero();
        });
    }

    @Test
    void layersDifferInWhatTheyAddRemoveAndChange() throws Exception {
        Path lower = ObdRun.config(dir, "A");
        Path upper = ObdRun.config(dir, "A", "B", "C");

        ObdRun diff = ObdRun.of("diff", lower, upper);

        assertThat(diff.err()).isEmpty();
        assertThat(diff.exitCode()).isEqualTo(1);
        assertThat(diff.out().lines())
                .contains("added /etc/hard-lower")
                .anyMatch(line -> line.startsWith("removed /"))
                .anyMatch(line -> line.matches("changed /.*: .*content.*"));
    }

    @Test
    void theSameDifferencesAreJson() throws Exception {
        Path lower = ObdRun.config(dir, "A");
        Path upper = ObdRun.config(dir, "A", "B", "C");

        JsonNode json = new ObjectMapper()
                .readTree(ObdRun.of("diff", "--json", lower, upper).bytes());

        assertThat(json)
                .hasSize((int) ObdRun.of("diff", lower, upper).out().lines().count());
        assertThat(json.get(0).fieldNames()).toIterable().containsExactly("path", "change", "differences");
    }

    @Test
    void troubleIsNoDifference() throws Exception {
        ObdRun diff = ObdRun.of("diff", ObdRun.config(dir, "A"), dir.resolve("none.json"));

        assertThat(diff.exitCode()).isEqualTo(2);
        assertThat(diff.err()).isEqualTo("obd diff: " + dir.resolve("none.json") + ": no such file or directory\n");
    }
}
