package io.obd.rafs.data;

import io.obd.block.BlobReader;
import io.obd.block.FileBlob;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Blobs in local directories, each a file whose name is its identity.
 *
 * @param directories searched in this order
 */
public record BlobDirectory(List<Path> directories) implements BlobSource {
    @Override
    public BlobReader open(String id) throws IOException {
        for (Path directory : directories) {
            Path file = directory.resolve(id);
            if (Files.isRegularFile(file)) {
                return FileBlob.open(file);
            }
        }
        throw new NoSuchFileException(
                id,
                null,
                "blob is in none of " + directories.stream().map(Path::toString).collect(Collectors.joining(", ")));
    }
}
