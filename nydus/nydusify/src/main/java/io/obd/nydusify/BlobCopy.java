package io.obd.nydusify;

import io.obd.convert.Cancellation;
import io.obd.convert.ConversionException;
import io.obd.convert.ConversionSource;
import io.obd.convert.ConversionTarget;
import io.obd.convert.ConvertedLayer;
import io.obd.linux.Reason;
import io.obd.registry.Descriptor;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;

/**
 * Brings blobs to another place as they are, several at a time.
 *
 * @param known tells which need not be brought
 * @param work for blobs on their way
 */
record BlobCopy(ConversionSource source, KnownBlobs known, Path work, Logger log, Cancellation cancellation) {
    private static final int TRANSFERS = 4;
    private static final int BUFFER = 128 * 1024;

    /** Returns when all are there. */
    void run(Collection<Descriptor> blobs, ConversionTarget target) throws IOException {
        // Closing it waits for all: nothing is at work any more when this fails.
        try (ExecutorService transfers = Executors.newFixedThreadPool(
                TRANSFERS, Thread.ofVirtual().name("blob-copy-", 0).factory())) {
            for (Descriptor blob : blobs) {
                transfers.execute(() -> copy(blob, target));
            }
        }
        cancellation.throwReason();
    }

    private void copy(Descriptor blob, ConversionTarget target) {
        attempt(blob, () -> {
            if (known.has(blob.digest())) {
                log.info("blob {} exists", blob.digest());
                return;
            }
            Path file = Files.createTempFile(work, blob.digest().hex(), ".blob");
            try {
                fetch(blob, file);
                put(blob, file, target);
            } finally {
                Files.deleteIfExists(file);
            }
        });
    }

    /**
     * Brings a blob that is in a file, which is removed. What goes wrong stops everything, and is thrown by the next {@link
     * #run}.
     */
    void send(Descriptor blob, Path file, ConversionTarget target) {
        attempt(blob, () -> {
            try {
                put(blob, file, target);
            } finally {
                Files.deleteIfExists(file);
            }
        });
    }

    private void put(Descriptor blob, Path file, ConversionTarget target) throws IOException {
        target.put(new ConvertedLayer(file, blob, blob.digest()), _ -> cancellation.check());
        log.info("copied blob {}", blob.digest());
    }

    private interface Work {
        void run() throws IOException;
    }

    private void attempt(Descriptor blob, Work work) {
        try {
            cancellation.check();
            work.run();
        } catch (CancellationException e) {
            cancellation.cancel(e);
        } catch (IOException e) {
            cancellation.cancel(new ConversionException("blob " + blob.digest() + ": " + Reason.of(e), e));
        } catch (RuntimeException | Error e) {
            cancellation.cancel(new IllegalStateException("the copy of " + blob.digest() + " failed", e));
        }
    }

    private void fetch(Descriptor blob, Path file) throws IOException {
        try (InputStream in = source.open(blob);
                OutputStream out = Files.newOutputStream(file)) {
            byte[] buffer = new byte[BUFFER];
            int n = BUFFER;
            while (n == BUFFER) {
                n = in.readNBytes(buffer, 0, BUFFER);
                cancellation.check();
                out.write(buffer, 0, n);
            }
        }
    }
}
