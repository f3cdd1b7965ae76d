package io.obd.image;

import io.obd.block.FileBlob;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens files that a device specification names: whoever writes one must not be able to stop who reads it. */
final class LocalFile {
    private static final int TYPE = 0170000;
    private static final int REGULAR = 0100000;
    private static final int BLOCK_DEVICE = 0060000;

    private LocalFile() {}

    /**
     * Opens a file.
     *
     * @throws IOException also if it is neither a regular file nor a block device: opening a FIFO could take for ever
     */
    static FileBlob open(Path path) throws IOException {
        int type = (int) Files.getAttribute(path, "unix:mode") & TYPE;
        if (type != REGULAR && type != BLOCK_DEVICE) {
            throw new IOException(path + ": is no regular file");
        }
        return FileBlob.open(path);
    }
}
