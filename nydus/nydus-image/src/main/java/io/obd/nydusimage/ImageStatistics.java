package io.obd.nydusimage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.Chunk;
import io.obd.rafs.Inode;
import java.io.PrintWriter;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What one image has, or several together, under the names that the original has for it. */
final class ImageStatistics {
    private static final int FILE_SIZE_CLASSES = 45;
    private static final int SMALLEST_CHUNK_BITS = 12;
    private static final int LARGEST_CHUNK_BITS = 20;
    private static final long PAGE = 4096;

    private long directories;
    private long files;
    private long symlinks;
    private long chunks;
    private long fileSize;
    private long compressed;
    private long uncompressed;
    private long padding;

    /** How many chunks there would be if they had 2^12, … 2^20 bytes. */
    private final long[] chunkSizes = new long[LARGEST_CHUNK_BITS - SMALLEST_CHUNK_BITS + 1];

    /** Files by the number of bits of their size; the last class has all that are larger. */
    private final long[] fileSizes = new long[FILE_SIZE_CLASSES];

    /** Chunks that are left of all images together. */
    final ChunkTotal deduplicated = new ChunkTotal("dedup");

    /** Different chunks that no base image has. */
    final ChunkTotal own = new ChunkTotal("own");

    /** Different chunks that a base image has. */
    final ChunkTotal referenced = new ChunkTotal("ref");

    /** Adds what the tree of an image has. */
    void add(Bootstrap image) {
        Set<Inode> counted = new HashSet<>();
        Deque<Inode> rest = new ArrayDeque<>(List.of(image.root()));
        for (Inode inode = rest.poll(); inode != null; inode = rest.poll()) {
            inode.entries().forEach(entry -> rest.push(entry.inode()));
            add(inode, counted);
        }
    }

    private void add(Inode inode, Set<Inode> counted) {
        if (inode.isDirectory()) {
            directories++;
        } else if (inode.isSymlink()) {
            symlinks++;
        } else if (inode.isRegular()) {
            files++;
            if (counted.add(inode)) {
                addContent(inode);
            }
        }
    }

    private void addContent(Inode inode) {
        long size = inode.size();
        fileSizes[Math.min(Long.SIZE - Long.numberOfLeadingZeros(size), FILE_SIZE_CLASSES - 1)]++;
        fileSize += size;
        padding += -size & (PAGE - 1);
        chunks += inode.chunks().size();
        for (Chunk chunk : inode.chunks()) {
            compressed += chunk.compressedSize();
            uncompressed += chunk.uncompressedSize();
        }
        for (int bits = SMALLEST_CHUNK_BITS; bits <= LARGEST_CHUNK_BITS; bits++) {
            chunkSizes[bits - SMALLEST_CHUNK_BITS] += Math.ceilDiv(size, 1L << bits);
        }
    }

    void write(ObjectNode json) {
        json.put("dirs", directories);
        json.put("files", files);
        json.put("symlinks", symlinks);
        json.put("chunks", chunks);
        json.put("file_size", fileSize);
        json.put("comp_size", compressed);
        json.put("uncomp_size", uncompressed + padding);
        json.put("padding_size", padding);
        for (long count : chunkSizes) {
            json.withArray("/chunk_sizes").add(count);
        }
        for (long count : fileSizes) {
            json.withArray("/file_sizes").add(count);
        }
        deduplicated.write(json);
        own.write(json);
        referenced.write(json);
    }

    void print(PrintWriter out) {
        out.println();
        out.println("Directories:            " + directories);
        out.println("Files:                  " + files);
        out.println("Symlinks:               " + symlinks);
        out.println("Chunks:                 " + chunks);
        out.println("File Size:              " + fileSize);
        out.println("Padding Size:           " + padding);
        out.println("Uncompressed Size:      " + (uncompressed + padding));
        out.println("Compressed Size:        " + compressed);
        out.println("\nFile Size Bits:\t\tFile Count:");
        for (int bits = 0; bits < FILE_SIZE_CLASSES; bits++) {
            out.println(bits + ":\t\t\t" + fileSizes[bits]);
        }
        out.println("\nChunk Size Bits:\tChunk Count:");
        for (int bits = SMALLEST_CHUNK_BITS; bits <= LARGEST_CHUNK_BITS; bits++) {
            out.println(bits + ":\t\t\t" + chunkSizes[bits - SMALLEST_CHUNK_BITS]);
        }
        out.println("\nRaw Content Size:\t" + fileSize);
        out.println("Comp Content Size:\t" + compressed);
        out.println("Raw Chunk Count:\t" + chunks);
        print(out, "Dedup", deduplicated);
        print(out, "Owned", own);
        print(out, "Referenced", referenced);
    }

    private static void print(PrintWriter out, String name, ChunkTotal total) {
        out.println(name + " Comp Size:\t" + total.compressed());
        out.println(name + " Uncomp Size:\t" + total.uncompressed());
        out.println(name + " Chunk Count:\t" + total.chunks());
    }
}
