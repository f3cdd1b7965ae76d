package io.obd.fs;

import java.util.Map;
import java.util.TreeMap;

/** Which file uses which blocks: runs that do not overlap, by their first block. */
final class BlockOwners {
    private record Run(long end, int inode) {}

    private final TreeMap<Long, Run> runs = new TreeMap<>();

    /**
     * Takes a run of blocks for a file, unless some of it is taken.
     *
     * @return 0, or the inode that uses some of it
     */
    int claim(long block, long count, int inode) {
        long end = block + count;
        Map.Entry<Long, Run> below = runs.lowerEntry(end);
        if (below != null && below.getValue().end() > block) {
            return below.getValue().inode();
        }
        Map.Entry<Long, Run> before = runs.floorEntry(block);
        if (before != null
                && before.getValue().end() == block
                && before.getValue().inode() == inode) {
            runs.put(before.getKey(), new Run(end, inode));
        } else {
            runs.put(block, new Run(end, inode));
        }
        return 0;
    }
}
