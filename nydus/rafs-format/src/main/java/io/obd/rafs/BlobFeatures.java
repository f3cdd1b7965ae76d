package io.obd.rafs;

import java.util.ArrayList;
import java.util.List;

/**
 * What is special about a blob. The upper half of the bits is for those who want to know, the lower half for everybody.
 *
 * @param bits as stored
 */
public record BlobFeatures(int bits) {
    static final int ALIGNED = 0x1;
    static final int INLINED_META = 0x2;
    static final int CHUNK_INFO_V2 = 0x4;
    static final int ZRAN = 0x8;
    static final int SEPARATE = 0x10;
    static final int INLINED_CHUNK_DIGEST = 0x20;
    static final int TARFS = 0x40;
    static final int BATCH = 0x80;
    static final int ENCRYPTED = 0x100;
    static final int CHUNK_DICT = 0x200;
    static final int PREFETCH_FILES = 0x400;
    static final int EXTERNAL = 0x800;
    static final int TAR_HEADER = 0x1000_0000;
    static final int TOC = 0x2000_0000;
    static final int CAP_TAR_TOC = 0x4000_0000;

    private static final int INCOMPATIBLE = 0xffff;
    private static final int KNOWN_INCOMPATIBLE = 0x0fff;

    /**
     * The features of a blob with chunks of its own.
     *
     * @param aligned whether uncompressed chunks have to begin at multiples of 4 KiB, as in version 6
     * @param batches whether small chunks are compressed together
     * @param bootstrap whether the bootstrap will be part of the blob
     * @param contents whether the blob ends with a table of contents
     */
    public static BlobFeatures of(boolean aligned, boolean batches, boolean bootstrap, boolean contents) {
        return new BlobFeatures(CAP_TAR_TOC
                | (aligned ? ALIGNED : 0)
                | (batches ? CHUNK_INFO_V2 | BATCH : 0)
                | (bootstrap ? INLINED_META | TAR_HEADER : 0)
                | (contents ? TOC | TAR_HEADER | INLINED_CHUNK_DIGEST : 0));
    }

    /**
     * The features of a blob that is a layer as it was, with the chunk information in another one.
     *
     * @param zran whether it is compressed with gzip
     * @param bootstrap whether the bootstrap will be part of the other one
     * @param contents whether the other one ends with a table of contents
     */
    public static BlobFeatures ofReference(boolean zran, boolean bootstrap, boolean contents) {
        int own = ALIGNED | CHUNK_INFO_V2 | SEPARATE | (zran ? ZRAN : 0);
        return new BlobFeatures(of(true, false, bootstrap, contents).bits | own);
    }

    /** The features of a blob that is a tar as it was, without chunk information. */
    public static BlobFeatures ofTarfs() {
        return new BlobFeatures(TARFS | CAP_TAR_TOC);
    }

    /** The features of the same blob in a bootstrap that is not part of it. */
    public BlobFeatures withoutBootstrap() {
        return new BlobFeatures(bits & ~INLINED_META);
    }

    /** The features of the same blob, which has what is to be fetched before it is asked for. */
    public BlobFeatures ofPrefetch() {
        return new BlobFeatures(bits | PREFETCH_FILES);
    }

    boolean has(int bit) {
        return (bits & bit) != 0;
    }

    /** Bits that must be understood and are not. */
    int unknown() {
        return bits & INCOMPATIBLE & ~KNOWN_INCOMPATIBLE;
    }

    /** Whether uncompressed chunks begin at multiples of 4 KiB. */
    public boolean isAligned() {
        return has(ALIGNED);
    }

    /** Whether small chunks are compressed together. */
    public boolean hasBatches() {
        return has(BATCH);
    }

    /** Whether the blob is a layer in gzip as it was, with places to begin decompressing at. */
    public boolean isZran() {
        return has(ZRAN);
    }

    /** Whether the chunk information is in another blob. */
    public boolean isSeparate() {
        return has(SEPARATE);
    }

    /** Whether the blob is a tar as it was. */
    public boolean isTarfs() {
        return has(TARFS);
    }

    /** Whether the blob was made of what is to be fetched before it is asked for. */
    public boolean isForPrefetch() {
        return has(PREFETCH_FILES);
    }

    /** Whether the bootstrap is part of the blob. */
    public boolean holdsBootstrap() {
        return has(INLINED_META);
    }

    /** Whether each section of the blob has a header of its own behind it. */
    public boolean hasSections() {
        return has(TAR_HEADER);
    }

    /** Whether the blob ends with a table of contents. */
    public boolean hasContents() {
        return has(TOC);
    }

    /** Whether chunk information has records of 24 bytes. */
    public boolean hasLongChunkInfo() {
        return has(CHUNK_INFO_V2);
    }

    /** The features by their names in listings, separated by spaces. */
    @Override
    public String toString() {
        List<String> names = new ArrayList<>();
        name(names, ALIGNED, "aligned");
        name(names, BATCH, "batch");
        name(names, CAP_TAR_TOC, "cap_toc");
        name(names, INLINED_CHUNK_DIGEST, "chunk-digest");
        name(names, CHUNK_INFO_V2, "chunk-v2");
        name(names, INLINED_META, "fs-meta");
        name(names, SEPARATE, "separate");
        name(names, TAR_HEADER, "tar-header");
        name(names, TOC, "toc");
        name(names, ZRAN, "zran");
        return String.join(" ", names);
    }

    /** The features by the names of the bits, as the original writes them for developers. */
    public String symbols() {
        List<String> names = new ArrayList<>();
        name(names, ALIGNED, "ALIGNED");
        name(names, INLINED_META, "INLINED_FS_META");
        name(names, CHUNK_INFO_V2, "CHUNK_INFO_V2");
        name(names, ZRAN, "ZRAN");
        name(names, SEPARATE, "SEPARATE");
        name(names, INLINED_CHUNK_DIGEST, "INLINED_CHUNK_DIGEST");
        name(names, TARFS, "TARFS");
        name(names, BATCH, "BATCH");
        name(names, TAR_HEADER, "HAS_TAR_HEADER");
        name(names, TOC, "HAS_TOC");
        name(names, CAP_TAR_TOC, "CAP_TAR_TOC");
        name(names, CHUNK_DICT, "IS_CHUNKDICT_GENERATED");
        name(names, PREFETCH_FILES, "IS_SEPARATED_WITH_PREFETCH_FILES");
        name(names, EXTERNAL, "EXTERNAL");
        return names.isEmpty() ? "(empty)" : String.join(" | ", names);
    }

    private void name(List<String> names, int bit, String name) {
        if (has(bit)) {
            names.add(name);
        }
    }
}
