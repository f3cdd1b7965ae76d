package io.obd.tools.obd;

import io.obd.block.BlockStore;
import io.obd.fs.FileData;
import io.obd.fs.FileExtent;
import io.obd.fs.FileInfo;
import io.obd.fs.FileSystemReader;
import io.obd.fs.tar.ByteString;
import io.obd.lsmt.DiskMap;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeSet;

/** Compares files of two images. Content that both have in the same place of the same layer is not read. */
final class FileComparer {
    private static final int CHUNK = 1 << 20;

    private final Disk diskA;
    private final FileSystemReader filesA;
    private final Disk diskB;
    private final FileSystemReader filesB;
    private final ByteBuffer chunkA = ByteBuffer.allocate(CHUNK);
    private final ByteBuffer chunkB = ByteBuffer.allocate(CHUNK);

    FileComparer(Disk diskA, FileSystemReader filesA, Disk diskB, FileSystemReader filesB) {
        this.diskA = diskA;
        this.filesA = filesA;
        this.diskB = diskB;
        this.filesB = filesB;
    }

    List<Difference> compare(FileInfo a, FileInfo b) throws IOException {
        List<Difference> found = new ArrayList<>();
        if (a.type() != b.type()) {
            found.add(new Difference("type", Listing.name(a.type()), Listing.name(b.type())));
        }
        add(found, "mode", String.format("%04o", a.permissions()), String.format("%04o", b.permissions()));
        add(found, "owner", a.uid() + ":" + a.gid(), b.uid() + ":" + b.gid());
        add(found, "mtime", a.modified().toString(), b.modified().toString());
        addAttributes(found, filesA.attributes(a), filesB.attributes(b));
        if (a.type() == b.type()) {
            switch (a.type()) {
                case REGULAR -> addContent(found, a, b);
                case SYMLINK ->
                    add(
                            found,
                            "target",
                            filesA.readLink(a).toString(),
                            filesB.readLink(b).toString());
                case CHARACTER_DEVICE, BLOCK_DEVICE ->
                    add(found, "device", a.major() + ":" + a.minor(), b.major() + ":" + b.minor());
                case DIRECTORY, FIFO, SOCKET -> {}
            }
        }
        return found;
    }

    private static void add(List<Difference> found, String field, String a, String b) {
        if (!a.equals(b)) {
            found.add(new Difference(field, a, b));
        }
    }

    private static void addAttributes(
            List<Difference> found, SortedMap<ByteString, ByteString> a, SortedMap<ByteString, ByteString> b) {
        TreeSet<ByteString> names = new TreeSet<>(a.keySet());
        names.addAll(b.keySet());
        for (ByteString name : names) {
            ByteString left = a.get(name);
            ByteString right = b.get(name);
            if (left == null || right == null || !left.equals(right)) {
                found.add(new Difference(
                        "xattr", left == null ? "" : name.toString(), right == null ? "" : name.toString()));
            }
        }
    }

    private void addContent(List<Difference> found, FileInfo a, FileInfo b) throws IOException {
        if (a.size() != b.size()) {
            found.add(new Difference("size", Long.toString(a.size()), Long.toString(b.size())));
            found.add(new Difference("content", "", ""));
        } else if (!isSameContent(filesA.data(a), filesB.data(b))) {
            found.add(new Difference("content", "", ""));
        }
    }

    private boolean isSameContent(FileData a, FileData b) throws IOException {
        if (a.extents().equals(b.extents()) && origins(diskA, a).equals(origins(diskB, b))) {
            return true;
        }
        for (long at = 0; at < a.size(); at += chunkA.limit()) {
            a.read(at, chunkA.clear());
            b.read(at, chunkB.clear());
            if (!chunkA.flip().equals(chunkB.flip())) {
                return false;
            }
        }
        return true;
    }

    /** Where bytes come from: the same layer and position mean the same bytes. */
    private record Origin(String layer, long position, long length) {}

    private static List<Origin> origins(Disk disk, FileData data) {
        List<Origin> origins = new ArrayList<>();
        for (FileExtent extent : data.extents()) {
            long length = Math.ceilDiv(extent.length(), (long) BlockStore.SECTOR) * BlockStore.SECTOR;
            disk.map()
                    .visit(
                            extent.position(),
                            length,
                            (_, count, layer, position) -> origins.add(new Origin(
                                    layer == DiskMap.NONE ? "" : disk.layerIds().get(layer), position, count)));
        }
        return origins;
    }
}
