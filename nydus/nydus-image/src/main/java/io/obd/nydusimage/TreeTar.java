package io.obd.nydusimage;

import io.obd.fs.tar.ByteString;
import io.obd.rafs.Chunk;
import io.obd.rafs.Inode;
import io.obd.rafs.data.ChunkReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/** A tree as the entries of a tar: parents before what is in them, the first name of a file before its other ones. */
final class TreeTar {
    private final OutputStream file;
    private final PaxTar tar;
    private final ChunkReader chunks;
    private final PrintWriter warnings;
    private final Map<Inode, ByteString> written = new HashMap<>();

    TreeTar(OutputStream file, ChunkReader chunks, PrintWriter warnings) {
        this.file = file;
        this.tar = new PaxTar(file);
        this.chunks = chunks;
        this.warnings = warnings;
    }

    void write(Inode root) throws IOException {
        tar.entry(ByteString.of("./"), PaxTar.DIRECTORY, root, 0, ByteString.EMPTY);
        writeChildren(ByteString.EMPTY, root);
        tar.end();
    }

    private void writeChildren(ByteString prefix, Inode directory) throws IOException {
        for (Inode.Entry entry : directory.entries()) {
            write(prefix.concat(entry.name()), entry.inode());
        }
    }

    private void write(ByteString path, Inode inode) throws IOException {
        if (inode.isDirectory()) {
            ByteString prefix = path.concat(ByteString.of("/"));
            tar.entry(prefix, PaxTar.DIRECTORY, inode, 0, ByteString.EMPTY);
            writeChildren(prefix, inode);
            return;
        }
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
            default -> warnings.println("nydus-image unpack: /" + path + ": a tar has no sockets, left out");
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
