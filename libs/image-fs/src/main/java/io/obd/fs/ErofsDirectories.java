package io.obd.fs;

import io.obd.fs.tar.ByteString;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The directories that were found or made since an EROFS file system was opened, by numbers of their own: a new one gets its
 * place on the disk when it is written.
 */
final class ErofsDirectories {
    static final int ROOT = 0;

    private static final int BLOCK = ErofsVolume.BLOCK;

    private final ErofsVolume volume;
    private final List<@Nullable ErofsDirectory> directories = new ArrayList<>();

    private ErofsDirectories(ErofsVolume volume) {
        this.volume = volume;
    }

    /** Those of a new file system: a root, which has the rest of the first block for its attributes. */
    static ErofsDirectories format(ErofsVolume volume) throws IOException {
        Attributes attributes = Attributes.ofImpliedDirectory();
        ErofsInode root = ErofsInode.create(FileType.DIRECTORY, attributes, volume.addInode());
        root.xattrLength((int) (BLOCK - volume.root() - root.length()));
        volume.write(volume.root(), root.bytes());
        ErofsDirectories directories = open(volume);
        directories.get(ROOT).changed(true);
        return directories;
    }

    static ErofsDirectories open(ErofsVolume volume) throws ErofsException {
        ErofsDirectories directories = new ErofsDirectories(volume);
        directories.directories.add(ErofsDirectory.onDisk(ROOT, volume.root()));
        return directories;
    }

    /** The names of a directory. */
    Directory get(int number) throws IOException {
        ErofsDirectory directory = at(number);
        Directory names = directory.names();
        if (names == null) {
            names = read(number, directory);
            directory.names(names);
        }
        return names;
    }

    private ErofsDirectory at(int number) {
        ErofsDirectory directory = directories.get(number);
        if (directory == null) {
            throw new IllegalStateException("directory " + number + " was removed");
        }
        return directory;
    }

    Directory add(int parent, Attributes attributes) {
        Directory names = new Directory(directories.size(), parent);
        names.changed(true);
        directories.add(ErofsDirectory.create(parent, names, attributes));
        return names;
    }

    void setAttributes(int number, Attributes attributes) {
        at(number).attributes(attributes);
    }

    void forget(int number) {
        if (at(number).position() != ErofsDirectory.NOWHERE) {
            volume.removeInode();
        }
        directories.set(number, null);
    }

    private Directory read(int number, ErofsDirectory directory) throws IOException {
        Directory names = new Directory(number, directory.parent());
        for (ErofsNames.Name name : volume.names(directory.position())) {
            names.add(name.name(), new DirectoryEntry(inode(number, name), name.type(), 0));
        }
        names.changed(false);
        return names;
    }

    /** The number that stands for an inode in memory: that of a directory is a new one. */
    private int inode(int parent, ErofsNames.Name name) throws ErofsException {
        long position = volume.position(name.nid());
        if (name.type() != FileType.DIRECTORY) {
            return (int) name.nid();
        }
        directories.add(ErofsDirectory.onDisk(parent, position));
        return directories.size() - 1;
    }

    /** What is written of a directory that changed. */
    private record Place(ErofsInode inode, @Nullable ByteString xattrs, long data, List<ByteString> names) {}

    /** Writes those that changed. All get their places first: their names refer to each other. */
    void flush() throws IOException {
        SortedMap<Integer, Place> places = new TreeMap<>();
        Deque<Integer> changed = new ArrayDeque<>();
        for (int number = 0; number < directories.size(); number++) {
            ErofsDirectory directory = directories.get(number);
            if (directory != null && directory.isChanged()) {
                changed.add(number);
            }
        }
        while (!changed.isEmpty()) {
            int number = changed.remove();
            if (!places.containsKey(number)) {
                places.put(number, place(number, changed));
            }
        }
        for (Map.Entry<Integer, Place> place : places.entrySet()) {
            write(place.getKey(), place.getValue());
        }
    }

    /** @param changed gets those who have to be written too because this one moves */
    private Place place(int number, Deque<Integer> changed) throws IOException {
        ErofsDirectory directory = at(number);
        List<ByteString> names = ErofsNames.sorted(get(number));
        if (directory.position() != ErofsDirectory.NOWHERE) {
            Place place = stay(number, directory, names);
            if (place != null) {
                return place;
            }
            for (DirectoryEntry entry : get(number).entries().values()) {
                if (entry.isDirectory()) {
                    changed.add(entry.inode());
                }
            }
            changed.add(directory.parent());
        }
        return move(directory, names);
    }

    /** Where a new one goes, or one that has no room where it is. */
    private Place move(ErofsDirectory directory, List<ByteString> names) throws IOException {
        Attributes attributes = directory.attributes();
        if (attributes == null) {
            throw new IllegalStateException("a directory moves that keeps its attributes");
        }
        byte[] xattrs = ErofsXattrs.encode(attributes.extended());
        ErofsInode inode = ErofsInode.create(
                FileType.DIRECTORY,
                attributes,
                directory.position() == ErofsDirectory.NOWHERE
                        ? volume.addInode()
                        : volume.inode(directory.position()).number());
        inode.xattrLength(xattrs.length);
        int head = inode.length() + xattrs.length;
        int length = ErofsNames.length(names);
        if (head + length <= BLOCK) {
            inode.layout(ErofsInodeLayout.INLINE);
            directory.position(volume.allocateInode(head + length));
            return new Place(inode, ByteString.copyOf(xattrs), directory.position() + head, names);
        }
        directory.position(volume.allocateInode(head));
        return new Place(inode, ByteString.copyOf(xattrs), allocate(inode, length), names);
    }

    /** Where one that is on the disk stays, or null if its attributes have no room there. */
    private @Nullable Place stay(int number, ErofsDirectory directory, List<ByteString> names) throws IOException {
        ErofsInode old = volume.inode(directory.position());
        long blocks = old.plainBlocks();
        int tail = old.layout() == ErofsInodeLayout.INLINE ? (int) (old.size() - blocks * BLOCK) : 0;
        int room = old.length() + old.xattrLength() + tail;
        Attributes attributes = directory.attributes();
        ErofsInode inode = old;
        ByteString xattrs = null;
        if (attributes != null) {
            inode = ErofsInode.create(FileType.DIRECTORY, attributes, old.number());
            byte[] encoded = ErofsXattrs.encode(attributes.extended());
            if (inode.length() + encoded.length > room) {
                if (number == ROOT) {
                    throw new ErofsException("the root has no room for attributes of " + encoded.length + " bytes");
                }
                return null;
            }
            xattrs = ByteString.copyOf(number == ROOT ? filledUp(encoded, room - inode.length()) : encoded);
            inode.xattrLength(xattrs.length());
        }
        int length = ErofsNames.length(names);
        int head = inode.length() + inode.xattrLength();
        long behind = directory.position() + head;
        if (head + length <= room && behind % BLOCK + length <= BLOCK) {
            inode.layout(ErofsInodeLayout.INLINE);
            return new Place(inode, xattrs, behind, names);
        }
        inode.layout(ErofsInodeLayout.PLAIN);
        if (length <= blocks * BLOCK) {
            inode.union(old.union());
            return new Place(inode, xattrs, Integer.toUnsignedLong(old.union()) * BLOCK, names);
        }
        return new Place(inode, xattrs, allocate(inode, length), names);
    }

    /** The root cannot move: it keeps all the room that it has, as empty attributes. */
    private static byte[] filledUp(byte[] xattrs, int room) {
        int length = room / ErofsXattrLayout.UNIT * ErofsXattrLayout.UNIT;
        return length < ErofsXattrLayout.HEADER
                ? xattrs
                : Arrays.copyOf(xattrs, Math.min(length, ErofsXattrLayout.MAX_LENGTH));
    }

    private long allocate(ErofsInode inode, int length) throws IOException {
        long block = volume.allocateBlocks(Math.ceilDiv(length, BLOCK));
        inode.union((int) block);
        return block * BLOCK;
    }

    private void write(int number, Place place) throws IOException {
        ErofsDirectory directory = at(number);
        Directory entries = get(number);
        ErofsInode inode = place.inode();
        long links = 2L + entries.subdirectories();
        inode.links(inode.canHaveLinks(links) ? links : 1);
        long own = volume.nid(directory.position());
        long parent = volume.nid(at(directory.parent()).position());
        byte[] data = ErofsNames.encode(place.names(), name -> {
            DirectoryEntry entry = entries.find(name);
            if (entry == null) {
                return new ErofsNames.Name(name, name.equals(EntryPath.SELF) ? own : parent, FileType.DIRECTORY);
            }
            return new ErofsNames.Name(name, nid(entry), entry.type());
        });
        inode.size(data.length);
        volume.write(directory.position(), inode.bytes());
        if (place.xattrs() != null) {
            volume.write(directory.position() + inode.length(), place.xattrs().toBytes());
        }
        // The last name in a block of its own ends with a zero, whatever was there before.
        int filled = inode.layout() == ErofsInodeLayout.PLAIN ? Math.ceilDiv(data.length, BLOCK) * BLOCK : data.length;
        volume.write(place.data(), Arrays.copyOf(data, filled));
        directory.attributes(null);
        entries.changed(false);
    }

    private long nid(DirectoryEntry entry) throws IOException {
        return entry.isDirectory() ? volume.nid(at(entry.inode()).position()) : Integer.toUnsignedLong(entry.inode());
    }
}
