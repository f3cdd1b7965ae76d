package io.obd.tools.obd;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.linux.Statx;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExportTest {
    private static final long GB = 1L << 30;
    private static final String LAYER_A = "37125c55b9d8cd65521822cdc365b5348980bba637c59c31996caa72ad1dec31";

    @TempDir
    private Path dir;

    @Test
    void theDiskIsWholeAndSparse() throws Exception {
        Path raw = dir.resolve("disk.raw");

        ObdRun export = ObdRun.of("export", ObdRun.GOLDEN.resolve("layer-A.obd"), raw);

        assertThat(export.exitCode()).isZero();
        assertThat(Files.size(raw)).isEqualTo(GB);
        assertThat(Statx.of(raw).blocks() * 512).isLessThan(8 << 20);
        assertThat(sha256(raw)).isEqualTo(LAYER_A);
        try (Stream<Path> files = Files.list(dir)) {
            assertThat(files).containsExactly(raw);
        }
    }

    @Test
    void aFileThatExistsIsReplacedOnlyOnDemand() throws Exception {
        Path raw = Files.writeString(dir.resolve("disk.raw"), "mine");
        Path layer = ObdRun.GOLDEN.resolve("layer-A.obd");

        assertThat(ObdRun.of("export", layer, raw).err()).isEqualTo("obd export: " + raw + ": exists already\n");
        assertThat(raw).hasContent("mine");
        assertThat(ObdRun.of("export", "-f", layer, raw).exitCode()).isZero();
        assertThat(Files.size(raw)).isEqualTo(GB);
    }

    private static String sha256(Path file) throws Exception {
        MessageDigest hasher = MessageDigest.getInstance("SHA-256");
        byte[] chunk = new byte[1 << 20];
        try (InputStream in = Files.newInputStream(file)) {
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                hasher.update(chunk, 0, n);
            }
        }
        return HexFormat.of().formatHex(hasher.digest());
    }
}
