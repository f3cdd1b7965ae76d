package io.obd.ctr.pull;

import io.grpc.Status;
import io.obd.ctr.client.Cleanup;
import io.obd.ctr.client.ContainerdException;
import io.obd.ctr.client.ContentStore;
import io.obd.ctr.client.CtrException;
import io.obd.ctr.client.Ingest;
import io.obd.registry.Descriptor;
import io.obd.registry.RegistryException;
import io.obd.registry.RemoteBlob;
import io.obd.registry.Repository;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;

/** Brings blobs from a repository into containerd's content store. */
final class BlobFetcher {
    private static final int CHUNK = 1 << 20;

    /** From this size on a blob is fetched by several requests at once. */
    private static final long LONG = 4L * RangesAhead.PIECE;

    private final ContentStore store;
    private final Repository repository;
    private final DistributionSource origin;

    BlobFetcher(ContentStore store, Repository repository, DistributionSource origin) {
        this.store = store;
        this.repository = repository;
        this.origin = origin;
    }

    /** Gives the labels that depend on what a document says. */
    interface Labels {
        /** No labels. */
        Labels NONE = document -> Map.of();

        Map<String, String> of(byte[] document) throws IOException;
    }

    /**
     * Makes sure that the store has a document, and reads it.
     *
     * @param kind first part of the ingest's name: {@code index}, {@code manifest} or {@code config}
     */
    byte[] document(String kind, Descriptor blob, Labels labels) throws IOException, InterruptedException {
        if (blob.size() > Repository.MAX_DOCUMENT) {
            throw new CtrException("the " + kind + " " + blob.digest() + " has " + blob.size()
                    + " bytes, more than the " + Repository.MAX_DOCUMENT + " that are supported");
        }
        Optional<byte[]> written = write(kind, blob, ingest -> {
            byte[] document = repository.fetchDocument(blob);
            Map<String, String> all = new HashMap<>(labels.of(document));
            all.putAll(origin.addTo(Map.of()));
            ingest.restart();
            ingest.append(document, document.length);
            ingest.commit(all);
            return document;
        });
        if (written.isPresent()) {
            return written.get();
        }
        byte[] document = store.read(blob.digest().toString(), blob.size());
        addLabels(blob, labels.of(document));
        return document;
    }

    /**
     * Makes sure that the store has a blob; it is not held in memory.
     *
     * @param kind first part of the ingest's name: {@code layer}
     * @param received is told of every piece that arrives, in bytes
     */
    void fetch(String kind, Descriptor blob, LongConsumer received) throws IOException, InterruptedException {
        try {
            Optional<Descriptor> written = write(kind, blob, ingest -> {
                copy(blob, ingest, received);
                ingest.commit(origin.addTo(Map.of()));
                return blob;
            });
            if (written.isEmpty()) {
                addLabels(blob, Map.of());
            }
        } catch (RegistryException.DigestMismatch e) {
            discard(e, ref(kind, blob));
            throw e;
        } catch (ContainerdException e) {
            if (e.code() == Status.Code.FAILED_PRECONDITION) {
                discard(e, ref(kind, blob));
            }
            throw e;
        }
    }

    /** Nobody may go on from bytes that are wrong. */
    private void discard(Exception failure, String ref) {
        Cleanup.after(failure, () -> store.abort(ref));
    }

    private <T> Optional<T> write(String kind, Descriptor blob, ContentStore.Writing<T> writing)
            throws IOException, InterruptedException {
        return store.write(ref(kind, blob), blob.digest().toString(), blob.size(), writing);
    }

    /** The name that all clients of containerd give the ingest of this blob. */
    private static String ref(String kind, Descriptor blob) {
        return kind + "-" + blob.digest();
    }

    private void addLabels(Descriptor blob, Map<String, String> labels) throws ContainerdException {
        String digest = blob.digest().toString();
        Map<String, String> present = store.labels(digest);
        Map<String, String> all = new HashMap<>(labels);
        all.putAll(origin.addTo(present));
        if (!present.entrySet().containsAll(all.entrySet())) {
            store.label(digest, all);
        }
    }

    private void copy(Descriptor blob, Ingest ingest, LongConsumer received)
            throws ContainerdException, IOException, InterruptedException {
        if (ingest.offset() > blob.size()) {
            ingest.restart();
        }
        byte[] chunk = new byte[CHUNK];
        try (InputStream in = open(blob, ingest)) {
            int n;
            while ((n = in.readNBytes(chunk, 0, CHUNK)) > 0) {
                ingest.append(chunk, n);
                received.accept(n);
            }
        }
    }

    /** Goes on where the ingest is; what is long comes in ranges, if the registry has them. */
    private InputStream open(Descriptor blob, Ingest ingest) throws IOException {
        if (ingest.offset() > 0 || blob.size() >= LONG) {
            RemoteBlob remote = repository.blob(blob.digest(), blob.size());
            if (remote.servesRanges()) {
                return new RangesAhead(remote, blob.size(), ingest.offset());
            }
            ingest.restart();
        }
        return repository.pull(blob);
    }
}
