package io.obd.tools.obd;

import io.obd.block.BlobException;
import io.obd.block.BlobReader;
import io.obd.lsmt.Layer;
import io.obd.lsmt.UnsupportedLayerException;
import io.obd.lsmt.blob.TarWrapper;
import io.obd.lsmt.blob.ZFile;
import io.obd.registry.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Checks the blob of one layer: wrapper, headers, index, every block, and its digest where that is known. */
final class LayerCheck {
    /** Faults of one layer that are told; a blob of nonsense has millions. */
    private static final int MAX_BLOCK_FAULTS = 1000;

    private static final int CHUNK = 1 << 20;

    private final BlobReader blob;
    private final Opener opener;
    private final Consumer<Fault> faults;

    /** Opens the layer that a blob is. */
    interface Opener {
        Layer open(BlobReader blob) throws IOException;
    }

    /** @param blob stays open */
    LayerCheck(BlobReader blob, Opener opener, Consumer<Fault> faults) {
        this.blob = blob;
        this.opener = opener;
        this.faults = faults;
    }

    /**
     * Runs all checks.
     *
     * @param expected digest that the blob should have, or null if nobody says it
     * @param size bytes that it should have, 0 if nobody says it
     * @return the layer, over the blob, if it can be opened
     * @throws UnsupportedLayerException if it is of a kind that cannot be opened alone
     * @throws IOException if the blob cannot be read
     */
    Optional<Layer> run(@Nullable Digest expected, long size) throws IOException {
        if (size != 0 && size != blob.size()) {
            faults.accept(new Fault(blob.name(), 0, "size is " + blob.size() + ", not " + size));
        }
        Optional<Layer> layer = Optional.empty();
        try {
            BlobReader payload = TarWrapper.unwrap(blob);
            if (ZFile.isPresent(payload)) {
                ZFile zfile = ZFile.open(payload);
                checkBlocks(zfile);
            }
            layer = Optional.of(opener.open(blob));
        } catch (UnsupportedLayerException e) {
            throw e;
        } catch (BlobException e) {
            faults.accept(Fault.of(e));
        }
        if (expected != null) {
            checkDigest(expected);
        }
        return layer;
    }

    private void checkBlocks(ZFile zfile) throws IOException {
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
        Blocks blocks = new Blocks(zfile);
        for (long at = 0; at < zfile.size() && blocks.found < MAX_BLOCK_FAULTS; at += chunk.limit()) {
            chunk.clear().limit((int) Math.min(CHUNK, zfile.size() - at));
            try {
                zfile.read(at, chunk);
            } catch (BlobException e) {
                blocks.check(at, chunk.limit());
            }
        }
        if (blocks.found >= MAX_BLOCK_FAULTS) {
            faults.accept(new Fault(blob.name(), 0, "more than " + MAX_BLOCK_FAULTS + " damaged blocks"));
        }
    }

    /** Finds the damaged blocks in a run that has some. */
    private final class Blocks {
        private final ZFile zfile;
        private int found;

        Blocks(ZFile zfile) {
            this.zfile = zfile;
        }

        void check(long from, int length) throws IOException {
            ByteBuffer block = ByteBuffer.allocateDirect(zfile.blockSize());
            for (long at = from; at < from + length && found < MAX_BLOCK_FAULTS; at += block.limit()) {
                block.clear().limit((int) Math.min(block.capacity(), zfile.size() - at));
                try {
                    zfile.read(at, block);
                } catch (BlobException e) {
                    found++;
                    faults.accept(Fault.of(e));
                }
            }
        }
    }

    private void checkDigest(Digest expected) throws IOException {
        Digest found = digest(blob, expected);
        if (!found.equals(expected)) {
            faults.accept(new Fault(blob.name(), 0, "digest is " + found + ", not " + expected));
        }
    }

    /** The digest of a whole blob, of the same kind as another one. */
    static Digest digest(BlobReader blob, Digest kind) throws IOException {
        MessageDigest hasher = kind.hasher();
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
        for (long at = 0; at < blob.size(); at += chunk.limit()) {
            blob.read(at, chunk.clear().limit((int) Math.min(CHUNK, blob.size() - at)));
            hasher.update(chunk.flip());
        }
        return Digest.ofHash(kind.algorithm(), hasher.digest());
    }
}
