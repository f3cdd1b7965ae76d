package io.obd.nydusimage;

import io.obd.block.BlobReader;
import io.obd.block.FileBlob;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.Chunk;
import io.obd.rafs.DiskLayout;
import io.obd.rafs.data.BlobSource;
import io.obd.rafs.data.ChunkReader;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Writes an image as a disk that the kernel mounts without help. What no file uses is a hole. */
final class DiskWriter {
    private static final int BUFFER = 1 << 20;

    private final Path bootstrap;
    private final Bootstrap image;
    private final DiskLayout layout;
    private final BlobSource source;

    DiskWriter(Path bootstrap, Bootstrap image, DiskLayout layout, BlobSource source) {
        this.bootstrap = bootstrap;
        this.image = image;
        this.layout = layout;
        this.source = source;
    }

    /** @param disk an empty file */
    void write(FileChannel disk, int threads) throws IOException {
        try (FileBlob file = FileBlob.open(bootstrap)) {
            copy(file, disk, 0);
        }
        if (image.flags().isTarfs()) {
            for (BlobInfo blob : image.blobs()) {
                try (BlobReader tar = source.open(blob.id())) {
                    copy(tar, disk, layout.blobs().get(blob.index()));
                }
            }
        } else {
            writeChunks(disk, threads);
        }
        long end = disk.size();
        if (end < layout.size()) {
            disk.write(ByteBuffer.allocate(1), layout.size() - 1);
        }
    }

    private static void copy(BlobReader from, FileChannel disk, long at) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
        for (long done = 0; done < from.size(); done += buffer.limit()) {
            buffer.clear().limit((int) Math.min(BUFFER, from.size() - done));
            from.read(done, buffer);
            writeFully(disk, buffer.flip(), at + done);
        }
    }

    /** Writes what remains in a buffer. */
    static void writeFully(FileChannel disk, ByteBuffer bytes, long at) throws IOException {
        for (long position = at; bytes.hasRemaining(); ) {
            position += disk.write(bytes, position);
        }
    }

    private void writeChunks(FileChannel disk, int threads) throws IOException {
        List<Chunk> chunks = image.chunks();
        int share = Math.max(1, Math.ceilDiv(chunks.size(), threads));
        List<Future<?>> parts = new ArrayList<>();
        try (ChunkReader reader = new ChunkReader(image, source, false);
                ExecutorService workers = Executors.newFixedThreadPool(
                        threads, Thread.ofPlatform().name("export-", 0).factory())) {
            for (int from = 0; from < chunks.size(); from += share) {
                List<Chunk> part = chunks.subList(from, Math.min(from + share, chunks.size()));
                parts.add(workers.submit(() -> {
                    write(part, reader, disk);
                    return null;
                }));
            }
            for (Future<?> part : parts) {
                part.get();
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw new IllegalStateException("a disk cannot be written", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while a disk was written");
        }
    }

    private void write(List<Chunk> chunks, ChunkReader reader, FileChannel disk) throws IOException {
        ByteBuffer content = ByteBuffer.allocateDirect(image.chunkSize());
        for (Chunk chunk : chunks) {
            reader.read(chunk, content.clear());
            writeFully(disk, content.flip(), layout.blobs().get(chunk.blob()) + chunk.uncompressedOffset());
        }
    }
}
