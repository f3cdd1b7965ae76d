package io.obd.rafs;

import io.obd.block.CorruptBlobException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The flags of a super block, numbered alike in both versions.
 *
 * @param bits as stored
 * @param compressor of the chunks, if their blob does not say another one
 * @param digester of the chunks
 */
public record ImageFlags(long bits, Compressor compressor, Digester digester) {
    static final long EXPLICIT_OWNERS = 0x10;
    static final long XATTRS = 0x20;
    static final long INLINED_CHUNK_DIGESTS = 0x100;
    static final long TARFS = 0x200;
    static final long NOT_ENCRYPTED = 0x0100_0000;
    static final long ENCRYPTED = 0x0200_0000;

    /** Bits whose meaning is not needed to read an image. */
    private static final long COMPATIBLE = 0xfc00_0000L;

    private static final long KNOWN =
            0xcf | EXPLICIT_OWNERS | XATTRS | INLINED_CHUNK_DIGESTS | TARFS | NOT_ENCRYPTED | ENCRYPTED | COMPATIBLE;

    private static final List<Map.Entry<Long, String>> NAMES = List.of(
            Map.entry(Compressor.NONE.flag(), "COMPRESSION_NONE"),
            Map.entry(Compressor.LZ4_BLOCK.flag(), "COMPRESSION_LZ4"),
            Map.entry(Digester.BLAKE3.flag(), "HASH_BLAKE3"),
            Map.entry(Digester.SHA256.flag(), "HASH_SHA256"),
            Map.entry(EXPLICIT_OWNERS, "EXPLICIT_UID_GID"),
            Map.entry(XATTRS, "HAS_XATTR"),
            Map.entry(Compressor.GZIP.flag(), "COMPRESSION_GZIP"),
            Map.entry(Compressor.ZSTD.flag(), "COMPRESSION_ZSTD"),
            Map.entry(INLINED_CHUNK_DIGESTS, "INLINED_CHUNK_DIGEST"),
            Map.entry(TARFS, "TARTFS_MODE"),
            Map.entry(NOT_ENCRYPTED, "ENCRYPTION_NONE"));

    /** Decodes the flags at a position of a bootstrap. */
    static ImageFlags decode(MetadataBytes in, long at) throws CorruptBlobException {
        long bits = in.i64(at);
        if ((bits & ~KNOWN) != 0) {
            throw in.broken(at, "unknown flags 0x" + Long.toHexString(bits & ~KNOWN));
        }
        if ((bits & ENCRYPTED) != 0) {
            throw in.broken(at, "the image is encrypted, which is not supported");
        }
        Compressor compressor = null;
        for (Compressor candidate : Compressor.values()) {
            if ((bits & candidate.flag()) != 0) {
                if (compressor != null) {
                    throw in.broken(at, "flags of two compressors: 0x" + Long.toHexString(bits));
                }
                compressor = candidate;
            }
        }
        boolean blake3 = (bits & Digester.BLAKE3.flag()) != 0;
        boolean sha256 = (bits & Digester.SHA256.flag()) != 0;
        if (compressor == null || blake3 == sha256) {
            throw in.broken(at, "flags have not one compressor and one digester: 0x" + Long.toHexString(bits));
        }
        return new ImageFlags(bits, compressor, blake3 ? Digester.BLAKE3 : Digester.SHA256);
    }

    /** The flags of an image with these other bits. */
    static ImageFlags of(Compressor compressor, Digester digester, long others) {
        return new ImageFlags(compressor.flag() | digester.flag() | others, compressor, digester);
    }

    /** False if files belong to whoever serves the image. */
    public boolean hasOwners() {
        return (bits & EXPLICIT_OWNERS) != 0;
    }

    /** Whether a file of the image has an extended attribute. */
    public boolean hasXattrs() {
        return (bits & XATTRS) != 0;
    }

    /** Whether the only blob is a tar as it was. */
    public boolean isTarfs() {
        return (bits & TARFS) != 0;
    }

    /** The flags by the names that the original prints, which listings have. */
    @Override
    public String toString() {
        return NAMES.stream()
                .filter(name -> (bits & name.getKey()) != 0)
                .map(Map.Entry::getValue)
                .collect(Collectors.joining(" | "));
    }
}
