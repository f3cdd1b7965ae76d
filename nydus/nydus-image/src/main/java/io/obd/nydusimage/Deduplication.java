package io.obd.nydusimage;

import io.obd.fs.tar.ByteString;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.Chunk;
import io.obd.rafs.Digester;
import java.io.PrintWriter;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** The chunks of all base images by digest, with how many of the images have them. */
final class Deduplication {
    private static final int THRESHOLDS = 20;

    private final Digester digester;
    private final Map<ByteString, Use> uses = new LinkedHashMap<>();

    /** A chunk that images have. */
    private static final class Use {
        private final Chunk chunk;
        private long images;

        Use(Chunk chunk) {
            this.chunk = chunk;
        }
    }

    /** @param digester of the images that are compared; those with another one have nothing in common with them */
    Deduplication(Digester digester) {
        this.digester = digester;
    }

    /** The chunks of an image, each digest once. */
    static Map<ByteString, Chunk> different(Bootstrap image) {
        Map<ByteString, Chunk> chunks = new HashMap<>();
        image.chunks().forEach(chunk -> chunks.putIfAbsent(chunk.digest(), chunk));
        return chunks;
    }

    void addBase(Bootstrap image, ImageStatistics statistics) {
        for (Chunk chunk : different(image).values()) {
            statistics.own.add(chunk);
            if (image.flags().digester() == digester) {
                uses.computeIfAbsent(chunk.digest(), _ -> new Use(chunk)).images++;
            }
        }
    }

    void addTarget(Bootstrap image, ImageStatistics statistics) {
        for (Chunk chunk : different(image).values()) {
            Use use = uses.get(chunk.digest());
            boolean known = use != null && use.chunk.uncompressedSize() == chunk.uncompressedSize();
            (known ? statistics.referenced : statistics.own).add(chunk);
        }
    }

    /** Counts what is left of the base images together. */
    void addDeduplicated(ImageStatistics statistics) {
        uses.values().forEach(use -> statistics.deduplicated.add(use.chunk));
    }

    /** For each threshold: what there is if chunks are shared that so many images or more have. */
    void print(PrintWriter out) {
        out.println("Global Dedup Thresh:\tRaw Chunks:\tDedup Chunks:\tComp Content Size:\tComp Base Size:\tComp Image"
                + " Size:\tUncomp Content Size:\tUncomp Base Size\tUncomp Image Size");
        for (int threshold = 1; threshold <= THRESHOLDS && !uses.isEmpty(); threshold++) {
            out.println(line(threshold));
        }
    }

    private String line(int threshold) {
        long raw = 0;
        long kept = 0;
        long compressed = 0;
        long compressedShared = 0;
        long compressedApart = 0;
        long content = 0;
        long shared = 0;
        long apart = 0;
        for (Use use : uses.values()) {
            long chunkCompressed = use.chunk.compressedSize();
            long chunkContent = use.chunk.uncompressedSize();
            raw += use.images;
            compressed += use.images * chunkCompressed;
            content += use.images * chunkContent;
            if (use.images >= threshold) {
                kept++;
                compressedShared += chunkCompressed;
                shared += chunkContent;
            } else {
                kept += use.images;
                compressedApart += use.images * chunkCompressed;
                apart += use.images * chunkContent;
            }
        }
        StringBuilder line = new StringBuilder(String.format("%-24d", threshold));
        for (long figure :
                new long[] {raw, kept, compressed, compressedShared, compressedApart, content, shared, apart}) {
            line.append(String.format("0x%-14x", figure));
        }
        return line.toString();
    }
}
