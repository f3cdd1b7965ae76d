package io.obd.fs;

import io.obd.block.BlockStore;
import io.obd.fs.tar.ByteString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Looks for damage that a reader of a file system would meet: all that can be reached from the root is read, save for
 * the data of files. Directories and trees of extents are well formed, every inode is in use and of the type its name
 * says, attributes can be read, no block is used twice, no directory has two names, links are counted right.
 *
 * <p>Free blocks and inodes are not counted, which only a writer needs: e2fsck does that.
 */
public final class Ext4Check {
    private final Filsys filsys;
    private final Consumer<Ext4Fault> faults;
    private final DirectoryReader directories;
    private final BlockOwners owners = new BlockOwners();
    private final Map<Integer, Seen> files = new TreeMap<>(Integer::compareUnsigned);
    private final Deque<Pending> pending = new ArrayDeque<>();

    /** A file that was come across: where first, and how often since. */
    private static final class Seen {
        private final String path;
        private final long links;
        private final boolean countsLinks;
        private long names;

        Seen(String path, long links, boolean countsLinks) {
            this.path = path;
            this.links = links;
            this.countsLinks = countsLinks;
        }
    }

    private record Pending(int inode, int parent, String path) {}

    private Ext4Check(Filsys filsys, Consumer<Ext4Fault> faults) {
        this.filsys = filsys;
        this.faults = faults;
        this.directories = new DirectoryReader(filsys);
    }

    /** Whether a store has what looks like a superblock; no more is said of it. */
    public static boolean isPresent(BlockStore store) throws IOException {
        if (store.size() < SuperblockLayout.OFFSET + SuperblockLayout.LENGTH) {
            return false;
        }
        ByteBuffer superblock =
                ByteBuffer.allocateDirect(SuperblockLayout.LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        store.read(SuperblockLayout.OFFSET, superblock);
        return superblock.getShort(SuperblockLayout.MAGIC) == SuperblockLayout.MAGIC_VALUE;
    }

    /**
     * Checks the file system of a store; nothing is written.
     *
     * @param faults told of everything that is wrong, in the order it is found
     * @throws IOException if the store cannot be read
     */
    public static void run(BlockStore store, Consumer<Ext4Fault> faults) throws IOException {
        Filsys filsys;
        try {
            filsys = Filsys.openReadOnly(store);
        } catch (Ext4Exception e) {
            requireReadable(e);
            faults.accept(new Ext4Fault(SuperblockLayout.OFFSET, "/", message(e)));
            return;
        }
        try {
            new Ext4Check(filsys, faults).walk();
        } finally {
            filsys.abandon();
        }
    }

    private void walk() throws IOException {
        meet(Filsys.ROOT, FileType.DIRECTORY, Filsys.ROOT, "/");
        while (!pending.isEmpty()) {
            Pending directory = pending.pop();
            list(directory);
        }
        files.forEach((inode, seen) -> {
            if (seen.countsLinks && seen.links != seen.names) {
                fault(inode, seen.path, "link count is " + seen.links + ", but it has " + seen.names + " names");
            }
        });
    }

    private void list(Pending pending) throws IOException {
        Directory directory;
        try {
            directory = directories.read(pending.inode());
        } catch (Ext4Exception e) {
            requireReadable(e);
            fault(pending.inode(), pending.path(), message(e));
            return;
        }
        if (directory.parent() != pending.parent()) {
            fault(
                    pending.inode(),
                    pending.path(),
                    "entry .. is inode " + Integer.toUnsignedString(directory.parent()) + ", not "
                            + Integer.toUnsignedString(pending.parent()));
        }
        for (Map.Entry<ByteString, DirectoryEntry> entry : directory.entries().entrySet()) {
            String path = pending.path() + (pending.path().endsWith("/") ? "" : "/") + entry.getKey();
            if (entry.getKey().indexOf('/', 0) >= 0 || entry.getKey().length() == 0) {
                fault(pending.inode(), path, "a name is empty or has a slash in it");
            }
            meet(entry.getValue().inode(), entry.getValue().type(), pending.inode(), path);
        }
    }

    private void meet(int number, FileType named, int parent, String path) throws IOException {
        Seen seen = files.get(number);
        if (seen != null) {
            seen.names++;
            if (named == FileType.DIRECTORY) {
                fault(number, path, "this directory is also " + seen.path);
            }
            return;
        }
        try {
            Inode inode = filsys.readInode(number);
            FileType type = inode.type();
            boolean directory = type == FileType.DIRECTORY;
            Seen first = new Seen(path, inode.links(), !directory);
            first.names = 1;
            files.put(number, first);
            if (type != named) {
                fault(number, path, "the directory says it is a " + named + ", the inode a " + type);
            }
            if (directory) {
                pending.push(new Pending(number, parent, path));
            }
            blocks(number, inode, path);
            if (inode.hasAttributes()) {
                try (Xattrs attributes = filsys.attributesOf(number)) {
                    attributes.all();
                }
            }
        } catch (Ext4Exception e) {
            requireReadable(e);
            fault(number, path, message(e));
        }
    }

    private void blocks(int number, Inode inode, String path) throws IOException {
        if (!inode.hasExtents()) {
            return;
        }
        ExtentTree tree = ExtentTree.read(filsys, number, inode);
        for (long block : tree.nodes()) {
            claim(number, path, block, 1);
        }
        for (Extent extent : tree.extents()) {
            claim(number, path, extent.physical(), extent.count());
        }
    }

    private void claim(int number, String path, long block, int count) {
        int other = owners.claim(block, count, number);
        if (other != 0) {
            Seen seen = files.get(other);
            fault(
                    number,
                    path,
                    "blocks " + block + " to " + (block + count) + " belong also to "
                            + (seen == null ? "inode " + Integer.toUnsignedString(other) : seen.path));
        }
    }

    private void fault(int inode, String path, String rule) {
        faults.accept(new Ext4Fault(filsys.offsetOf(inode), path, rule));
    }

    /** What the store failed with is no fault of the file system on it. */
    private static void requireReadable(Ext4Exception e) throws IOException {
        if (e.getCause() instanceof IOException cause && !(cause instanceof Ext4Exception)) {
            throw cause;
        }
    }

    private static String message(Ext4Exception e) {
        return String.valueOf(e.getMessage());
    }
}
