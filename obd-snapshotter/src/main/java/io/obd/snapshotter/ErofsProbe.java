package io.obd.snapshotter;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Looks for an EROFS super block: it tells the file system better than a label. */
final class ErofsProbe {
    private static final int SUPER_BLOCK = 1024;
    private static final int MAGIC = 0xe0f5e1e2;

    private ErofsProbe() {}

    static boolean isErofs(Path device) throws IOException {
        ByteBuffer magic = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        try (FileChannel channel = FileChannel.open(device, StandardOpenOption.READ)) {
            while (magic.hasRemaining()) {
                if (channel.read(magic, SUPER_BLOCK + magic.position()) < 0) {
                    return false;
                }
            }
        }
        return magic.getInt(0) == MAGIC;
    }
}
