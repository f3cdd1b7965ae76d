package io.obd.nydusify;

import io.obd.fs.tar.ByteString;
import io.obd.linux.Reason;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.Chunk;
import io.obd.rafs.Inode;
import io.obd.rafs.data.ChunkReader;
import io.obd.registry.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Lists the files of a nydus image by their paths, and reads all of them. */
final class RafsListing {
    private static final ByteString SEPARATOR = ByteString.of("/");

    private final ChunkReader chunks;
    private final ByteBuffer content;
    private final Map<Inode, FileRecord> known = new HashMap<>();
    private final SortedMap<ByteString, FileRecord> files = new TreeMap<>();

    private RafsListing(ChunkReader chunks, int chunkSize) {
        this.chunks = chunks;
        this.content = ByteBuffer.allocateDirect(chunkSize);
    }

    /** @throws IOException if a file cannot be read, or a chunk is another one; the text names the file */
    static SortedMap<ByteString, FileRecord> of(Bootstrap image, ChunkReader chunks) throws IOException {
        RafsListing listing = new RafsListing(chunks, image.chunkSize());
        listing.add(SEPARATOR, image.root());
        listing.addBelow(image.root());
        return listing.files;
    }

    /** A directory whose entries are still to be added. */
    private record Pending(ByteString path, Inode directory) {}

    /** A stack of its own: how deep directories lie is up to the image. */
    private void addBelow(Inode root) throws IOException {
        Deque<Pending> pending = new ArrayDeque<>(List.of(new Pending(ByteString.EMPTY, root)));
        while (!pending.isEmpty()) {
            Pending next = pending.pop();
            for (Inode.Entry entry : next.directory().entries()) {
                ByteString child = next.path().concat(SEPARATOR).concat(entry.name());
                add(child, entry.inode());
                if (entry.inode().isDirectory()) {
                    pending.push(new Pending(child, entry.inode()));
                }
            }
        }
    }

    private void add(ByteString path, Inode inode) throws IOException {
        FileRecord file = known.get(inode);
        if (file == null) {
            file = new FileRecord(
                    inode.typeLetter(),
                    inode.permissions(),
                    inode.uid(),
                    inode.gid(),
                    inode.isRegular() ? inode.size() : 0,
                    inode.isDevice() ? inode.major() : 0,
                    inode.isDevice() ? inode.minor() : 0,
                    inode.target(),
                    LayerTree.comparable(inode.xattrs()),
                    inode.isRegular() ? digest(path, inode) : "");
            known.put(inode, file);
        }
        files.put(path, file);
    }

    private String digest(ByteString path, Inode file) throws IOException {
        MessageDigest hasher = Digest.sha256Hasher();
        for (Chunk chunk : file.chunks()) {
            try {
                chunks.read(chunk, content.clear());
            } catch (IOException e) {
                throw new IOException("the file " + path + " cannot be read: " + Reason.of(e), e);
            }
            hasher.update(content.flip());
        }
        return HexFormat.of().formatHex(hasher.digest());
    }
}
