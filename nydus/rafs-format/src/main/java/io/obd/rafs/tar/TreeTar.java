package io.obd.rafs.tar;

import io.obd.fs.tar.ByteString;
import io.obd.rafs.Attributes;
import io.obd.rafs.Chunk;
import io.obd.rafs.Inode;
import io.obd.rafs.data.ChunkReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A tree as the entries of a tar: parents before what is in them, the first name of a file before its other ones. A
 * directory that its layer {@linkplain Attributes#IMPLIED does not describe} has no entry.
 */
public final class TreeTar {
    private final OutputStream file;
    private final PaxTar tar;
    private final ChunkReader chunks;
    private final Consumer<ByteString> leftOut;
    private final Map<Inode, ByteString> written = new HashMap<>();

    /**
     * @param file gets the tar; not closed
     * @param chunks reads the content of files
     * @param leftOut told the path of each file that a tar cannot hold, a socket
     */
    public TreeTar(OutputStream file, ChunkReader chunks, Consumer<ByteString> leftOut) {
        this.file = file;
        this.tar = new PaxTar(file);
        this.chunks = chunks;
        this.leftOut = leftOut;
    }

    /** Writes the whole tar. */
    public void write(Inode root) throws IOException {
        writeDirectory(ByteString.of("./"), root);
        Deque<Name> rest = new ArrayDeque<>();
        pushChildren(ByteString.EMPTY, root, rest);
        for (Name name = rest.poll(); name != null; name = rest.poll()) {
            if (name.inode().isDirectory()) {
                ByteString prefix = name.path().concat(ByteString.of("/"));
                writeDirectory(prefix, name.inode());
                pushChildren(prefix, name.inode(), rest);
            } else {
                writeFile(name.path(), name.inode());
            }
        }
        tar.end();
    }

    private record Name(ByteString path, Inode inode) {}

    /** What is in a directory comes before all that is left already. */
    private static void pushChildren(ByteString prefix, Inode directory, Deque<Name> rest) {
        for (Inode.Entry entry : directory.entries().reversed()) {
            rest.push(new Name(prefix.concat(entry.name()), entry.inode()));
        }
    }

    private void writeFile(ByteString path, Inode inode) throws IOException {
        ByteString first = written.putIfAbsent(inode, path);
        if (first != null) {
            tar.entry(path, PaxTar.HARD_LINK, inode, 0, first);
            return;
        }
        switch (inode.typeLetter()) {
            case 'f' -> {
                tar.entry(path, PaxTar.FILE, inode, inode.size(), ByteString.EMPTY);
                writeContent(inode);
            }
            case 'l' -> tar.entry(path, PaxTar.SYMLINK, inode, 0, inode.target());
            case 'c' -> tar.entry(path, PaxTar.CHARACTER_DEVICE, inode, 0, ByteString.EMPTY);
            case 'b' -> tar.entry(path, PaxTar.BLOCK_DEVICE, inode, 0, ByteString.EMPTY);
            case 'p' -> tar.entry(path, PaxTar.FIFO, inode, 0, ByteString.EMPTY);
            default -> leftOut.accept(path);
        }
    }

    private void writeDirectory(ByteString path, Inode directory) throws IOException {
        Attributes attributes = new Attributes(
                directory.permissions(), directory.uid(), directory.gid(), directory.modified(), directory.xattrs());
        if (!attributes.equals(Attributes.IMPLIED)) {
            tar.entry(path, PaxTar.DIRECTORY, directory, 0, ByteString.EMPTY);
        }
    }

    private void writeContent(Inode inode) throws IOException {
        for (Chunk chunk : inode.chunks()) {
            ByteBuffer content = ByteBuffer.allocate(chunk.uncompressedSize());
            chunks.read(chunk, content);
            file.write(content.array());
        }
        tar.pad(inode.size());
    }
}
