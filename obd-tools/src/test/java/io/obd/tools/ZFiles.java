package io.obd.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.block.BlobReader;
import io.obd.block.FileBlob;
import io.obd.lsmt.blob.TarWrapper;
import io.obd.lsmt.blob.ZFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** ZFiles that are the same but for the bytes of compressed blocks, which depend on the version of the compressor. */
final class ZFiles {
    /** Ranges of the header that do not depend on the compressed bytes: magic, size, flags, block count, options. */
    private static final int[][] HEADER = {{0, 28}, {32, 40}, {48, 64}, {68, 512}};

    private static final int WRAPPER = 1536;

    private ZFiles() {}

    static void assertSame(Path ours, Path theirs) throws IOException {
        byte[] found = Files.readAllBytes(ours);
        byte[] expected = Files.readAllBytes(theirs);
        boolean wrapped = expected[0] != 'Z';
        int start = wrapped ? WRAPPER : 0;
        for (int[] range : HEADER) {
            assertThat(Arrays.copyOfRange(found, start + range[0], start + range[1]))
                    .as("header bytes %d to %d", range[0], range[1])
                    .isEqualTo(Arrays.copyOfRange(expected, start + range[0], start + range[1]));
        }
        if (wrapped) {
            assertThat(Arrays.copyOfRange(found, 0, 512)).isEqualTo(Arrays.copyOfRange(expected, 0, 512));
            assertThat(Arrays.copyOfRange(found, 1024, WRAPPER)).isEqualTo(Arrays.copyOfRange(expected, 1024, WRAPPER));
        }
        assertThat(content(ours)).isEqualTo(content(theirs));
    }

    /** What a ZFile holds; its checksums are right. */
    static byte[] content(Path file) throws IOException {
        try (FileBlob blob = FileBlob.open(file)) {
            BlobReader payload = TarWrapper.unwrap(blob);
            try (ZFile zfile = ZFile.open(payload)) {
                zfile.verify();
                byte[] content = new byte[(int) zfile.size()];
                zfile.read(0, ByteBuffer.wrap(content));
                return content;
            }
        }
    }
}
