package io.obd.rafs;

import io.obd.block.CorruptBlobException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The table of inodes to fetch before they are asked for: numbers of 32 bits, up to the end or a zero. */
final class PrefetchTable {
    private PrefetchTable() {}

    /** @param inodes those of the image, by their numbers */
    static List<Inode> decode(MetadataBytes in, long offset, long size, Map<Long, Inode> inodes)
            throws CorruptBlobException {
        List<Inode> prefetch = new ArrayList<>();
        for (long at = offset; at < offset + size; at += Integer.BYTES) {
            long number = in.u32(at);
            if (number == 0) {
                break;
            }
            Inode inode = inodes.get(number);
            if (inode == null) {
                throw in.broken(at, "inode " + number + " is to be prefetched and has no name");
            }
            prefetch.add(inode);
        }
        return List.copyOf(prefetch);
    }
}
