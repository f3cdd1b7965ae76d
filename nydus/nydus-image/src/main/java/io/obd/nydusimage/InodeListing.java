package io.obd.nydusimage;

import io.obd.rafs.Bootstrap;
import io.obd.rafs.Chunk;
import io.obd.rafs.Inode;
import io.obd.rafs.RafsVersion;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;

/** Every name of an image with its inode and chunks, in the lines that the original prints. */
final class InodeListing {
    private final PrintWriter out;
    private final Bootstrap image;

    InodeListing(PrintWriter out, Bootstrap image) {
        this.out = out;
        this.image = image;
    }

    void print() {
        Deque<Name> rest = new ArrayDeque<>(List.of(new Name("/", 1, image.root())));
        for (Name name = rest.poll(); name != null; name = rest.poll()) {
            String path = name.path();
            print(path, name.length(), name.inode());
            String prefix = path.equals("/") ? path : path + "/";
            for (Inode.Entry entry : name.inode().entries().reversed()) {
                rest.push(new Name(prefix + entry.name(), entry.name().length(), entry.inode()));
            }
        }
    }

    private record Name(String path, int length, Inode inode) {}

    private void print(String path, int nameLength, Inode inode) {
        Instant modified = inode.modified();
        out.println("inode: " + type(inode) + " \"" + path + "\": index 0 ino " + inode.number() + " real_ino "
                + inode.number() + " child_index " + inode.firstChild() + " child_count " + count(inode) + " i_nlink "
                + inode.links() + " i_size " + inode.size() + " i_blocks " + inode.blocks() + " i_name_size "
                + nameLength + " i_symlink_size " + symlinkSize(inode) + " has_xattr "
                + !inode.xattrs().isEmpty() + " link "
                + (inode.isSymlink() ? "Some(\"" + inode.target() + "\")" : "None") + " i_mtime "
                + modified.getEpochSecond() + " i_mtime_nsec " + modified.getNano());
        long offset = 0;
        for (Chunk chunk : inode.chunks()) {
            print(chunk, offset);
            offset += chunk.uncompressedSize();
        }
    }

    private void print(Chunk chunk, long offset) {
        String crc = chunk.hasCrc32c() ? ", crc32 0x" + Integer.toHexString(chunk.crc32c()) : "";
        out.println("\t chunk: id " + HexFormat.of().formatHex(chunk.digest().toBytes()) + ", index " + chunk.index()
                + ", blob_index " + chunk.blob() + ", file_offset " + offset + ", compressed "
                + chunk.compressedOffset() + "/" + chunk.compressedSize() + ", uncompressed "
                + chunk.uncompressedOffset() + "/" + chunk.uncompressedSize() + crc);
    }

    private static String type(Inode inode) {
        if (inode.isDirectory()) {
            return "dir";
        }
        if (inode.isSymlink()) {
            return "symlink";
        }
        if (inode.isRegular()) {
            return inode.links() > 1 ? "hardlink" : "file";
        }
        return "";
    }

    /** Of a symlink in version 6 the original counts the pieces its target would have as a file. */
    private long count(Inode inode) {
        if (inode.isDirectory()) {
            return inode.entries().size();
        }
        boolean pieces = inode.isSymlink() && image.version() == RafsVersion.V6;
        return pieces
                ? Math.ceilDiv(inode.size(), image.chunkSize())
                : inode.chunks().size();
    }

    /** In version 6 the original takes the lower half of any inode's size. */
    private long symlinkSize(Inode inode) {
        if (image.version() == RafsVersion.V6) {
            return inode.size() & 0xffff;
        }
        return inode.isSymlink() ? inode.size() : 0;
    }
}
