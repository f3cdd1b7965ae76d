package io.obd.rafs.data;

import io.obd.fs.tar.ByteString;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.Chunk;
import io.obd.rafs.Inode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/** A tree as the lines of a golden listing, its content read and hashed. */
final class Listing {
    private final ChunkReader chunks;
    private final List<Line> lines = new ArrayList<>();

    private record Line(ByteString path, String text) {}

    private Listing(ChunkReader chunks) {
        this.chunks = chunks;
    }

    static List<String> of(Bootstrap image, ChunkReader chunks) throws IOException {
        Listing listing = new Listing(chunks);
        listing.add(ByteString.of("/"), image.root());
        listing.lines.sort(Comparator.comparing(Line::path));
        return listing.lines.stream().map(Line::text).toList();
    }

    private void add(ByteString path, Inode inode) throws IOException {
        lines.add(new Line(path, line(path, inode)));
        ByteString prefix = path.length() == 1 ? path : path.concat(ByteString.of("/"));
        for (Inode.Entry entry : inode.entries()) {
            add(prefix.concat(entry.name()), entry.inode());
        }
    }

    private String line(ByteString path, Inode inode) throws IOException {
        Instant modified = inode.modified();
        return String.join(
                "\t",
                text(path),
                String.valueOf(inode.typeLetter()),
                String.format("%04o", inode.permissions()),
                String.valueOf(inode.uid()),
                String.valueOf(inode.gid()),
                inode.isDirectory() ? "-" : String.valueOf(inode.size()),
                String.valueOf(modified.getEpochSecond()),
                String.valueOf(modified.getNano()),
                inode.isDevice() ? inode.major() + ":" + inode.minor() : "-",
                String.valueOf(inode.links()),
                content(inode),
                inode.xattrs().entrySet().stream()
                        .map(xattr -> text(xattr.getKey()) + "="
                                + HexFormat.of().formatHex(xattr.getValue().toBytes()))
                        .sorted()
                        .collect(Collectors.joining(";")));
    }

    private static String text(ByteString bytes) {
        return new String(bytes.toBytes(), StandardCharsets.UTF_8);
    }

    private String content(Inode inode) throws IOException {
        if (inode.isSymlink()) {
            return text(inode.target());
        }
        if (!inode.isRegular()) {
            return "";
        }
        MessageDigest hash = sha256();
        for (Chunk chunk : inode.chunks()) {
            ByteBuffer content = ByteBuffer.allocate(chunk.uncompressedSize());
            chunks.read(chunk, content);
            hash.update(content.flip());
        }
        return HexFormat.of().formatHex(hash.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
