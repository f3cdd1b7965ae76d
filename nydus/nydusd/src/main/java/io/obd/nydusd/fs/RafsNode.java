package io.obd.nydusd.fs;

import io.obd.fs.tar.ByteString;
import io.obd.fuse.FuseAttributes;
import io.obd.fuse.FuseFile;
import io.obd.fuse.FuseNode;
import io.obd.rafs.Inode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A file of an image. */
final class RafsNode implements FuseNode {
    private final RafsImage image;
    private final Inode inode;
    private final FuseAttributes attributes;
    private final int place;
    private final RafsNode parent;
    private final @Nullable RafsFile content;
    private RafsNode[] children = {};

    /**
     * @param place among the image's files, from 1
     * @param parent null for the root, which is its own
     */
    RafsNode(RafsImage image, Inode inode, int place, @Nullable RafsNode parent) {
        this.image = image;
        this.inode = inode;
        this.place = place;
        this.parent = parent == null ? this : parent;
        this.attributes = image.rules().attributes(inode, parent == null);
        this.content = inode.isRegular() ? new RafsFile(image, inode) : null;
    }

    void setChildren(RafsNode[] nodes) {
        children = nodes;
    }

    Inode inode() {
        return inode;
    }

    @Override
    public long id() {
        return image.id(place);
    }

    @Override
    public FuseAttributes attributes() {
        return attributes;
    }

    @Override
    public String path() {
        if (parent == this) {
            return image.name();
        }
        for (int i = 0; i < parent.children.length; i++) {
            if (parent.children[i] == this) {
                return parent.path() + "/" + parent.inode.entries().get(i).name();
            }
        }
        return image.name() + "/?";
    }

    @Override
    public @Nullable FuseNode child(byte[] name) {
        ByteString wanted = ByteString.copyOf(name);
        List<Inode.Entry> entries = inode.entries();
        int low = 0;
        int high = entries.size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int order = entries.get(middle).name().compareTo(wanted);
            if (order == 0) {
                return children[middle];
            }
            if (order < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return null;
    }

    @Override
    public int entryCount() {
        return children.length;
    }

    @Override
    public byte[] entryName(int index) {
        return inode.entries().get(index).name().toBytes();
    }

    @Override
    public FuseNode entry(int index) {
        return children[index];
    }

    @Override
    public FuseNode parent() {
        return parent;
    }

    @Override
    public byte[] target() {
        return inode.target().toBytes();
    }

    @Override
    public List<byte[]> xattrNames() {
        return image.rules().hasXattrs()
                ? inode.xattrs().keySet().stream().map(ByteString::toBytes).toList()
                : List.of();
    }

    @Override
    public byte @Nullable [] xattr(byte[] name) {
        ByteString value = image.rules().hasXattrs() ? inode.xattrs().get(ByteString.copyOf(name)) : null;
        return value == null ? null : value.toBytes();
    }

    @Override
    public FuseFile content() {
        if (content == null) {
            throw new IllegalStateException(path() + " is no regular file");
        }
        return content;
    }
}
