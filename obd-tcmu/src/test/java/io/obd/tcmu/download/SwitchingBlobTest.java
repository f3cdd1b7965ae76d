package io.obd.tcmu.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.block.FileBlob;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SwitchingBlobTest {
    @TempDir
    Path dir;

    private FileBlob file(String name, String content) throws IOException {
        return FileBlob.open(Files.writeString(dir.resolve(name), content));
    }

    private static ByteBuffer read(FileBlob blob) throws IOException {
        ByteBuffer dst = ByteBuffer.allocate(3);
        blob.read(0, dst);
        return dst.flip();
    }

    @Test
    void aFileThatIsPutAsideStaysOpenForTheReadsUnderWayUntilTheEnd() throws Exception {
        FileBlob local = file("local", "abc");
        try (SwitchingBlob blob = new SwitchingBlob(file("remote", "xyz"))) {
            blob.switchTo(local);
            assertThat(blob.discard(0, 3)).isTrue();

            assertThat(read(local)).isEqualTo(ByteBuffer.wrap(new byte[] {'a', 'b', 'c'}));
            ByteBuffer dst = ByteBuffer.allocate(3);
            blob.read(0, dst);
            assertThat(dst.flip()).isEqualTo(ByteBuffer.wrap(new byte[] {'x', 'y', 'z'}));
        }
        assertThatThrownBy(() -> read(local)).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void aFileThatComesAfterTheEndIsClosed() throws Exception {
        FileBlob late = file("late", "abc");
        SwitchingBlob blob = new SwitchingBlob(file("remote", "xyz"));
        blob.close();

        blob.switchTo(late);

        assertThatThrownBy(() -> read(late)).isInstanceOf(ClosedChannelException.class);
    }
}
