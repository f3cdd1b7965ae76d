package io.obd.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SparseFileTest {
    private static final int SIZE = 1 << 20;

    @TempDir
    Path dir;

    private Path file = Path.of("");

    @BeforeEach
    void write() throws IOException {
        byte[] bytes = new byte[SIZE];
        Arrays.fill(bytes, (byte) 1);
        file = Files.write(dir.resolve("file"), bytes);
    }

    @Test
    void aHoleIsWhereItWasMadeAndReadsAsZeros() throws IOException {
        try (SparseFile sparse = SparseFile.open(file)) {
            assertThat(sparse.nextHole(0)).isEqualTo(SIZE);
            assertThat(sparse.punchHole(SIZE / 4, SIZE / 2)).isTrue();

            assertThat(sparse.nextHole(0)).isEqualTo(SIZE / 4);
            assertThat(sparse.nextData(SIZE / 4)).isEqualTo(SIZE * 3 / 4);
        }
        byte[] bytes = Files.readAllBytes(file);
        assertThat(bytes).hasSize(SIZE);
        assertThat(bytes[SIZE / 4 - 1]).isEqualTo((byte) 1);
        assertThat(bytes[SIZE / 4]).isZero();
        assertThat(bytes[SIZE * 3 / 4 - 1]).isZero();
        assertThat(bytes[SIZE * 3 / 4]).isEqualTo((byte) 1);
    }

    @Test
    void pastTheLastDataThereIsNone() throws IOException {
        try (SparseFile sparse = SparseFile.open(file)) {
            sparse.punchHole(SIZE / 2, SIZE / 2);
            assertThat(sparse.nextData(SIZE / 2)).isEqualTo(-1);
            assertThat(sparse.nextHole(SIZE + 1)).isEqualTo(-1);
        }
    }

    @Test
    void aMissingFileIsNamed() {
        Path missing = dir.resolve("missing");
        assertThatThrownBy(() -> SparseFile.open(missing))
                .isInstanceOf(ErrnoException.class)
                .hasMessageContaining("open " + missing + ": ENOENT");
    }
}
