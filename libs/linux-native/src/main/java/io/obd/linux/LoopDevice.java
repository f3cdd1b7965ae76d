package io.obd.linux;

import java.nio.file.Path;

/**
 * A loop device with a backing file, as it was when it was looked at.
 *
 * @param number the N of /dev/loopN
 * @param backingFile path of the backing file as the kernel shows it, with {@code " (deleted)"} behind it if it has
 *     no name any more
 * @param readOnly true if it refuses writes
 * @param directIo true if the backing file is read past the page cache, so that nothing is kept in memory twice
 */
public record LoopDevice(int number, String backingFile, boolean readOnly, boolean directIo) {

    /** The device node. */
    public Path path() {
        return Path.of("/dev/loop" + number);
    }
}
