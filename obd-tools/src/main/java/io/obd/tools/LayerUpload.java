package io.obd.tools;

import io.obd.lsmt.blob.BlobTarget;
import io.obd.registry.BlobUpload;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import io.obd.registry.MediaTypes;
import io.obd.registry.RegistryClient;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * A layer that goes to a file and to a registry at once. Each chunk is sent, from the file, when it is complete; so a
 * registry that is slow or breaks off holds up nothing but the end.
 */
final class LayerUpload implements WritableByteChannel, Closeable {
    private final RegistryClient client;
    private final BlobUpload upload;
    private final long chunk;
    private final FileChannel file;
    private final MessageDigest hasher;
    private final ExecutorService sender =
            Executors.newSingleThreadExecutor(Thread.ofVirtual().name("upload").factory());
    private @Nullable Future<?> lastChunk;
    private long size;
    private long announced;

    private LayerUpload(RegistryClient client, BlobUpload upload, long chunk, FileChannel file, MessageDigest hasher) {
        this.client = client;
        this.upload = upload;
        this.chunk = chunk;
        this.file = file;
        this.hasher = hasher;
    }

    /**
     * Begins an upload; the registry has agreed when this returns.
     *
     * @param path the file, must not exist
     */
    static LayerUpload begin(UploadOptions options, Path path) throws IOException {
        RegistryClient client = options.client();
        try {
            BlobUpload upload = options.repository(client).upload(path, options.chunk());
            upload.send(0);
            FileChannel file = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            return new LayerUpload(client, upload, options.chunk(), file, Digest.sha256Hasher());
        } catch (IOException e) {
            client.close();
            throw e;
        }
    }

    /** Where the layer is written to. */
    BlobTarget target(Path path) {
        return BlobTarget.stream(this, path.toString());
    }

    @Override
    public int write(ByteBuffer src) throws IOException {
        int length = src.remaining();
        hasher.update(src.duplicate());
        while (src.hasRemaining()) {
            file.write(src);
        }
        size += length;
        if (size - announced >= chunk) {
            long end = size / chunk * chunk;
            announced = end;
            if (lastChunk != null && lastChunk.isDone()) {
                await(lastChunk);
            }
            lastChunk = sender.submit(() -> {
                upload.send(end);
                return null;
            });
        }
        return length;
    }

    /** Sends what is left, when the layer is complete. */
    Digest finish() throws IOException {
        file.force(true);
        if (lastChunk != null) {
            await(lastChunk);
        }
        Digest digest = Digest.ofHash("sha256", hasher.digest());
        upload.finish(Descriptor.of(MediaTypes.OCI_LAYER, digest, size));
        return digest;
    }

    private static void await(Future<?> chunk) throws IOException {
        try {
            chunk.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    @Override
    public boolean isOpen() {
        return file.isOpen();
    }

    @Override
    public void close() throws IOException {
        client.abort();
        try (client;
                sender) {
            file.close();
        }
    }
}
