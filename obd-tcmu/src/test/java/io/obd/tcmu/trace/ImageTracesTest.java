package io.obd.tcmu.trace;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.image.ImageConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageTracesTest {
    @TempDir
    private Path directory;

    private final ImageTraces traces = new ImageTraces(1);

    private ImageTrace open(Path file) throws IOException {
        return traces.of(new ImageConfig("", List.of(), ImageConfig.Upper.NONE, "", false, file.toString(), null));
    }

    @Test
    void aFileIsRecordedToByOneDeviceAtATime() throws IOException {
        Path file = Files.createFile(directory.resolve("trace"));
        ImageTrace first = open(file);
        assertThat(first.isRecording()).isTrue();
        assertThat(open(file).isRecording()).isFalse();
        assertThat(directory.resolve("trace.lock")).exists();

        first.close();
        ImageTrace next = open(file);
        assertThat(next.isRecording()).isTrue();
        next.close();
    }

    @Test
    void whatIsNoFileIsNotWaitedFor() throws Exception {
        Path pipe = directory.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        assertThat(open(pipe).isRecording()).isFalse();
        assertThat(open(directory).isRecording()).isFalse();
        assertThat(open(directory.resolve("none")).isRecording()).isFalse();
    }
}
