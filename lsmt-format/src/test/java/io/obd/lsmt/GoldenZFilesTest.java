package io.obd.lsmt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.block.BlobReader;
import io.obd.block.FileBlob;
import io.obd.block.TruncatedBlobException;
import io.obd.lsmt.blob.TarWrapper;
import io.obd.lsmt.blob.ZFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** ZFiles of the original, those that it cannot read itself among them. */
class GoldenZFilesTest {

    @TestFactory
    Stream<DynamicTest> everyZFileHoldsItsPlainFile() {
        return Golden.cases()
                .filter(c -> c.get("name").asText().startsWith("zfile/"))
                .map(c -> DynamicTest.dynamicTest(
                        c.get("name").asText(),
                        () -> assertHolds(
                                c.get("name").asText(),
                                "zfile/" + c.get("plain").asText())));
    }

    @Test
    void aReadPastTheEndFails() throws IOException {
        try (ZFile zfile = ZFile.open(FileBlob.open(Golden.file("zfile/4097.lz4.4k.zfile")))) {
            assertThatThrownBy(() -> zfile.read(4000, ByteBuffer.allocate(98)))
                    .isInstanceOf(TruncatedBlobException.class)
                    .hasMessageContaining("98 bytes wanted, but it ends at byte 4097");
        }
    }

    private static void assertHolds(String name, String plain) throws IOException {
        byte[] expected = Files.readAllBytes(Golden.file(plain));
        try (BlobReader zfile = ZFile.open(TarWrapper.unwrap(FileBlob.open(Golden.file(name))))) {
            assertThat(zfile.size()).isEqualTo(expected.length);
            assertThat(read(zfile, 0, expected.length, ByteBuffer.allocate(expected.length)))
                    .isEqualTo(expected);
            Random random = new Random(7);
            for (int i = 0; i < 200 && expected.length > 0; i++) {
                int from = random.nextInt(expected.length);
                int length = random.nextInt(Math.min(expected.length - from, 70_000) + 1);
                assertThat(read(zfile, from, length, ByteBuffer.allocateDirect(length)))
                        .isEqualTo(Arrays.copyOfRange(expected, from, from + length));
            }
        }
    }

    private static byte[] read(BlobReader blob, long offset, int length, ByteBuffer dst) throws IOException {
        blob.read(offset, dst);
        byte[] bytes = new byte[length];
        dst.flip().get(bytes);
        return bytes;
    }
}
