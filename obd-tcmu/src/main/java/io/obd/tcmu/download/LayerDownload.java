package io.obd.tcmu.download;

import io.obd.block.BlobReader;
import io.obd.image.DownloadConfig;
import io.obd.registry.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;

/**
 * One attempt to fetch a layer into its directory. The bytes come in order into {@code .download}, so that its length says
 * where an attempt that was cut off is taken up; when all are there and have the layer's digest, the file becomes
 * {@code overlaybd.commit}.
 */
final class LayerDownload {
    private static final String PARTIAL = ".download";

    /** The name that the layer has when it is complete. */
    private static final String COMPLETE = "overlaybd.commit";

    /** Requests under way at the same time. */
    private static final int PARALLEL = 16;

    /** Space that is left to others. */
    private static final long RESERVE = 256L << 20;

    private final BlobReader source;
    private final Digest digest;
    private final Path partial;
    private final Path complete;
    private final int blockSize;
    private final RateLimit rate;
    private final Pause pause;
    private final LongConsumer progress;

    /** Waits for the rate limit. */
    interface Pause {
        /** Returns false if the download is to end. */
        boolean sleep(Duration time) throws InterruptedException;
    }

    /**
     * @param progress told how many bytes are there
     */
    LayerDownload(
            BlobReader source,
            Digest digest,
            Path directory,
            DownloadConfig config,
            RateLimit rate,
            Pause pause,
            LongConsumer progress) {
        this.source = source;
        this.digest = digest;
        this.partial = directory.resolve(PARTIAL);
        this.complete = directory.resolve(COMPLETE);
        this.blockSize = config.blockSize();
        this.rate = rate;
        this.pause = pause;
        this.progress = progress;
    }

    /** The file that has the whole layer when it is there. */
    Path complete() {
        return complete;
    }

    /**
     * Fetches what is missing.
     *
     * @return false if it was told to end before the layer was complete; what is there stays for the next attempt
     * @throws NoSpaceException if the file system has no room for the layer; what is there stays
     * @throws WrongDigestException if the bytes are not those of the layer; they are deleted
     * @throws IOException if bytes cannot be fetched or written; what is there stays
     */
    boolean run() throws IOException, InterruptedException {
        if (Files.exists(complete)) {
            return true;
        }
        MessageDigest hasher = digest.hasher();
        try (FileChannel file = FileChannel.open(
                partial, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long position = resume(file, hasher);
            progress.accept(position);
            requireSpace(source.size() - position);
            if (!fetch(file, position, hasher)) {
                return false;
            }
            file.force(true);
        }
        Digest found = Digest.ofHash(digest.algorithm(), hasher.digest());
        if (!found.equals(digest)) {
            Files.delete(partial);
            throw new WrongDigestException(source.name(), digest, found);
        }
        Files.move(partial, complete, StandardCopyOption.ATOMIC_MOVE);
        return true;
    }

    /** Takes in the whole blocks that an earlier attempt left. */
    private long resume(FileChannel file, MessageDigest hasher) throws IOException {
        long length = Math.min(file.size(), source.size()) / blockSize * blockSize;
        file.truncate(length);
        ByteBuffer buffer = ByteBuffer.allocate(blockSize);
        for (long at = 0; at < length; ) {
            int n = file.read(buffer.clear(), at);
            if (n <= 0) {
                throw new IOException(partial + " ends at byte " + at);
            }
            hasher.update(buffer.flip());
            at += n;
        }
        return length;
    }

    private void requireSpace(long missing) throws IOException {
        long free = Files.getFileStore(partial).getUsableSpace();
        if (free - missing < RESERVE) {
            throw new NoSpaceException(partial, missing, free, RESERVE);
        }
    }

    private boolean fetch(FileChannel file, long start, MessageDigest hasher) throws IOException, InterruptedException {
        List<ByteBuffer> buffers = new ArrayList<>();
        for (int i = 0; i < PARALLEL; i++) {
            buffers.add(ByteBuffer.allocate(blockSize));
        }
        try (ExecutorService fetchers = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("download-", 0).factory())) {
            for (long at = start; at < source.size(); ) {
                long batch = Math.min((long) PARALLEL * blockSize, source.size() - at);
                if (!pause.sleep(rate.take(batch))) {
                    return false;
                }
                fetch(fetchers, buffers, at);
                for (ByteBuffer block : buffers) {
                    at += write(file, block.flip(), at, hasher);
                }
                progress.accept(at);
            }
        }
        return true;
    }

    /** Fills the buffers with what comes at {@code start}. */
    private void fetch(ExecutorService fetchers, List<ByteBuffer> buffers, long start)
            throws IOException, InterruptedException {
        List<Future<?>> fetches = new ArrayList<>();
        long at = start;
        for (ByteBuffer buffer : buffers) {
            int length = (int) Math.min(blockSize, source.size() - at);
            long offset = at;
            buffer.clear().limit(length);
            if (length > 0) {
                fetches.add(fetchers.submit(() -> {
                    source.read(offset, buffer);
                    return offset;
                }));
            }
            at += length;
        }
        IOException failure = null;
        for (Future<?> fetch : fetches) {
            try {
                fetch.get();
            } catch (ExecutionException e) {
                failure = e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private int write(FileChannel file, ByteBuffer block, long at, MessageDigest hasher) throws IOException {
        int length = block.remaining();
        hasher.update(block.duplicate());
        long to = at;
        try {
            while (block.hasRemaining()) {
                to += file.write(block, to);
            }
        } catch (IOException e) {
            requireSpace(source.size() - to);
            throw e;
        }
        return length;
    }
}
