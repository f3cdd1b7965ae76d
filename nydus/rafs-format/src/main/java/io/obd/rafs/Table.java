package io.obd.rafs;

import io.obd.block.CorruptBlobException;
import java.util.List;

/**
 * A table in a bootstrap.
 *
 * @param field where the super block states its place, for errors
 * @param offset in bytes
 * @param size in bytes; 0 if there is none
 */
record Table(long field, long offset, long size) {
    long end() {
        return offset + size;
    }

    /** Checks that no table is in another one. */
    static void checkApart(MetadataBytes in, List<Table> tables) throws CorruptBlobException {
        for (int i = 0; i < tables.size(); i++) {
            for (Table other : tables.subList(0, i)) {
                Table table = tables.get(i);
                boolean both = table.size > 0 && other.size > 0;
                if (both && table.offset < other.end() && other.offset < table.end()) {
                    throw in.broken(table.field, "a table at " + table.offset + " overlaps one at " + other.offset);
                }
            }
        }
    }
}
