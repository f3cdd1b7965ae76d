package io.obd.nydusimage;

import io.obd.rafs.BlobInfo;
import io.obd.rafs.build.NewBlobs;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** New blobs in a directory. Unless they are wanted in the end they are removed. */
final class NewBlobFiles implements NewBlobs, Closeable {
    private final Path directory;
    private final List<Path> added = new ArrayList<>();

    NewBlobFiles(Path directory) {
        this.directory = directory;
    }

    @Override
    public BlobInfo add(Content content) throws IOException {
        try (NewFile file = NewFile.in(directory)) {
            BlobInfo blob = content.writeTo(file.out());
            Path path = directory.resolve(blob.id());
            if (Files.notExists(path)) {
                added.add(path);
            }
            file.keep(path);
            return blob;
        }
    }

    /** There is a bootstrap that refers to them now. */
    void keep() {
        added.clear();
    }

    @Override
    public void close() throws IOException {
        for (Path path : added) {
            Files.deleteIfExists(path);
        }
    }
}
