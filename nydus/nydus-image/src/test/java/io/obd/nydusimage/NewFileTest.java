package io.obd.nydusimage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NewFileTest {
    @TempDir
    private Path directory;

    private static void write(Path path) throws IOException {
        NewFile.write(path, ByteBuffer.wrap("new".getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void ofASymbolicLinkTheTargetIsReplaced() throws IOException {
        Path target = Files.writeString(directory.resolve("target"), "what was there");
        Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("target"));
        Path second = Files.createSymbolicLink(directory.resolve("second"), link);

        write(second);

        assertThat(target).hasContent("new");
        assertThat(link).isSymbolicLink();
        assertThat(second).isSymbolicLink();
        assertThat(directory.toFile().list()).hasSize(3);
    }

    @Test
    void whereASymbolicLinkLeadsToNothingAFileIsMade() throws IOException {
        Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("target"));

        write(link);

        assertThat(link).isSymbolicLink();
        assertThat(directory.resolve("target")).hasContent("new");
    }

    @Test
    void whatTheProcessHasOpenIsWrittenAndNotReplaced() throws IOException {
        Path target = Files.writeString(directory.resolve("target"), "what was there");
        Object before = Files.getAttribute(target, "unix:ino");
        try (FileChannel _ = FileChannel.open(target, StandardOpenOption.WRITE)) {
            Path link = Files.createSymbolicLink(directory.resolve("stdout"), descriptorOf(target));
            write(link);
            assertThat(link).isSymbolicLink();
        }

        assertThat(target).hasContent("new");
        assertThat(Files.getAttribute(target, "unix:ino")).isEqualTo(before);
    }

    private static Path descriptorOf(Path file) throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors
                    .filter(descriptor -> isOf(descriptor, file))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static boolean isOf(Path descriptor, Path file) {
        try {
            return Files.isSameFile(descriptor, file);
        } catch (IOException e) {
            return false; // the one that the list was read by
        }
    }

    @Test
    void linksThatLeadToEachOtherAreAnError() throws IOException {
        Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("link"));

        assertThatThrownBy(() -> write(link)).isInstanceOf(FileSystemLoopException.class);
    }

    @Test
    void aDirectoryThatIsNotThereIsAnErrorWithTheNameThatWasGiven() {
        Path path = directory.resolve("none/file");

        assertThatThrownBy(() -> write(path)).hasMessage(path.toString());
    }
}
