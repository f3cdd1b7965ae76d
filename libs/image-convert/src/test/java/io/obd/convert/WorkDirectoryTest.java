package io.obd.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkDirectoryTest {
    @TempDir
    Path dir;

    @Test
    void aBaseThatWasMadeGoesAwayWithEverythingInIt() throws IOException {
        Path base = dir.resolve("a");
        try (WorkDirectory work = WorkDirectory.create(base)) {
            Files.createDirectories(work.path().resolve("x/y"));
            Files.writeString(work.path().resolve("x/y/z"), "z");
        }

        assertThat(base).doesNotExist();
    }

    @Test
    void aBaseThatWasThereStaysWithWhatOthersHaveInIt() throws IOException {
        Files.writeString(dir.resolve("other"), "");
        WorkDirectory.create(dir).close();

        assertThat(dir).isDirectoryContaining(file -> file.endsWith("other"));
        assertThat(dir.toFile().list()).hasSize(1);
    }

    @Test
    void closingTwiceIsNoError() throws IOException {
        WorkDirectory work = WorkDirectory.create(dir.resolve("a"));
        work.close();
        work.close();
    }

    @Test
    void aBaseThatCannotBeMadeIsNamed() throws IOException {
        Path base = Files.writeString(dir.resolve("file"), "").resolve("below");

        assertThatThrownBy(() -> WorkDirectory.create(base))
                .isInstanceOf(ConversionException.class)
                .hasMessageStartingWith("cannot use " + base + " as working directory: ");
    }

    @Test
    void aFileInItsPlaceIsNoDirectory() throws IOException {
        Path base = Files.writeString(dir.resolve("file"), "");

        assertThatThrownBy(() -> WorkDirectory.create(base))
                .isInstanceOf(ConversionException.class)
                .hasMessage("cannot use " + base + " as working directory: it is no directory");
    }

    @Test
    void whereNoDirectoryCanBeMadeTheReasonIsNoNameOfAClass() {
        Path base = Path.of("/proc/none");

        assertThatThrownBy(() -> WorkDirectory.create(base))
                .hasMessage("cannot use /proc/none as working directory: /proc/none: no such file or directory");
    }
}
