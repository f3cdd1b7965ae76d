package io.obd.snapshotter;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;

/** Finds the overlaybd layer in an unpacked directory: it lies there as one file with a known name and magic. */
final class LayerFile {
    /** Name of a layer that was made by a commit here. */
    static final String SEALED = "overlaybd.sealed";

    /** Name of a layer that was downloaded: the only member of its archive. */
    static final String COMMIT = "overlaybd.commit";

    private static final List<String> NAMES = List.of(COMMIT, SEALED);

    /** First three 64-bit words, little endian. */
    private static final List<List<Long>> MAGICS = List.of(
            List.of(281910587246170L, 7384066304294679924L, 7017278244700045632L), // ZFile
            List.of(564050879402828L, 5478704352671792741L, Long.parseUnsignedLong("9993152565363659426"))); // LSMT

    private LayerFile() {}

    /** The layer's file, if there is one. */
    static Optional<Path> in(Path directory) throws IOException {
        for (String name : NAMES) {
            Path file = directory.resolve(name);
            if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) && MAGICS.contains(firstWords(file))) {
                return Optional.of(file);
            }
        }
        return Optional.empty();
    }

    private static List<Long> firstWords(Path file) throws IOException {
        ByteBuffer words = ByteBuffer.allocate(3 * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            while (words.hasRemaining()) {
                if (channel.read(words) < 0) {
                    return List.of();
                }
            }
        }
        return List.of(words.getLong(0), words.getLong(8), words.getLong(16));
    }
}
