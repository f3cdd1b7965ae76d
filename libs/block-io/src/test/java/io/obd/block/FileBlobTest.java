package io.obd.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileBlobTest {
    @TempDir
    Path dir;

    @Test
    void readsAnyRange() throws IOException {
        try (FileBlob blob = FileBlob.open(file("hello world"))) {
            ByteBuffer dst = ByteBuffer.allocate(5);
            blob.read(6, dst);

            assertThat(blob.size()).isEqualTo(11);
            assertThat(new String(dst.array(), StandardCharsets.US_ASCII)).isEqualTo("world");
        }
    }

    @Test
    void aReadPastTheEndNamesTheFileAndTheOffset() throws IOException {
        Path file = file("hello");
        try (FileBlob blob = FileBlob.open(file)) {
            assertThatThrownBy(() -> blob.read(3, ByteBuffer.allocate(10)))
                    .isInstanceOf(TruncatedBlobException.class)
                    .hasMessage(file + ": at byte 3: 10 bytes wanted, but it ends at byte 5");
        }
    }

    private Path file(String content) throws IOException {
        return Files.writeString(dir.resolve("blob"), content);
    }
}
