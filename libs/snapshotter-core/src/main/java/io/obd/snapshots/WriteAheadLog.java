package io.obd.snapshots;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The log that SQLite keeps beside an open database and writes from its start again after every checkpoint. A commit
 * waits for the log alone as long as it does not grow; when it does, for the file system's journal too.
 */
record WriteAheadLog(Path file) {
    /** More than the 1000 pages after which SQLite makes a checkpoint, for the transaction that goes beyond. */
    private static final long BYTES = 1500 * (4096L + 24);

    private static final int CHUNK = 1 << 20;

    static WriteAheadLog of(Path database) {
        return new WriteAheadLog(database.resolveSibling(database.getFileName() + "-wal"));
    }

    /** Gives the log its full length. SQLite knows its frames by salts and checksums and takes zeros for their end. */
    void reserve() throws IOException {
        if (!Files.exists(file)) {
            return;
        }
        try (FileChannel log = FileChannel.open(file, StandardOpenOption.WRITE)) {
            for (long end = log.size(); end < BYTES; ) {
                end += log.write(ByteBuffer.allocate((int) Math.min(CHUNK, BYTES - end)), end);
            }
            log.force(true);
        }
    }
}
