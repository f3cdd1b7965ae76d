package io.obd.lsmt;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The two files of a writable layer, which are written anew for every input. */
final class FilePair {
    private final Path data;
    private final Path index;

    FilePair() {
        try {
            Path directory = Files.createTempDirectory("overlaybd-fuzz-");
            this.data = directory.resolve("data");
            this.index = directory.resolve("index");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void write(ByteBuffer dataContent, ByteBuffer indexContent) throws IOException {
        rewrite(data, dataContent);
        rewrite(index, indexContent);
    }

    /** Truncated at its end: a file that was empty in between is written out by ext4 when it is closed. */
    private static void rewrite(Path file, ByteBuffer content) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.write(content, 0);
            channel.truncate(content.limit());
        }
    }

    WritableLayer open() throws IOException {
        return WritableLayer.open(data, index);
    }

    /** Whether an error says which of the files it is about. */
    boolean isNamedBy(IOException e) {
        String message = String.valueOf(e.getMessage());
        return message.contains(data.toString()) || message.contains(index.toString());
    }
}
