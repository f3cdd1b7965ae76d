package io.obd.block;

import java.io.IOException;

/** A virtual disk that can also be told to read from elsewhere: from the original layer that a turboOCI layer refers to. */
public interface MappingStore extends BlockStore {

    /**
     * Makes a range what the original layer has from byte {@code targetOffset} on. All three are multiples of
     * {@value BlockStore#SECTOR}.
     */
    void mapRemote(long offset, long length, long targetOffset) throws IOException;

    /** The first byte at or after {@code offset} that the disk has something for; its size if there is none. */
    long nextData(long offset);
}
