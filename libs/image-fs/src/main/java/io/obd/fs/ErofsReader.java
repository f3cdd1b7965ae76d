package io.obd.fs;

import io.obd.block.BlockStore;
import io.obd.fs.tar.ByteString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * An EROFS file system whose data is on the device itself, uncompressed: what turboOCI layers have. A file has the number of
 * its inode on the disk, as an unsigned one.
 */
final class ErofsReader extends FileSystemReader {
    private static final int BLOCK = ErofsVolume.BLOCK;

    /** Longest list of chunks that is read: a file of 16 GiB if each is one block. */
    private static final long MAX_CHUNKS = 4 << 20;

    private final ErofsVolume volume;

    private ErofsReader(ErofsVolume volume) {
        this.volume = volume;
    }

    static ErofsReader on(BlockStore store) throws IOException {
        return new ErofsReader(ErofsVolume.open(store));
    }

    @Override
    public FileInfo root() throws IOException {
        return file((int) volume.nid(volume.root()));
    }

    @Override
    FileInfo file(int number) throws IOException {
        ErofsInode inode = volume.inode(position(number));
        FileType type = FileType.ofMode(inode.mode());
        if (type == null) {
            throw new ErofsException(
                    String.format("inode %s has mode 0%o", Integer.toUnsignedString(number), inode.mode()));
        }
        boolean device = type == FileType.BLOCK_DEVICE || type == FileType.CHARACTER_DEVICE;
        return new FileInfo(
                number,
                type,
                inode.mode() & ~FileType.MASK,
                inode.uid(),
                inode.gid(),
                inode.size(),
                (int) inode.links(),
                inode.isExtended() ? inode.modified() : volume.built(),
                device ? (inode.union() >>> 8) & 0xFFF : 0,
                device ? (inode.union() & 0xFF) | ((inode.union() >>> 12) & ~0xFF) : 0);
    }

    private long position(int number) throws ErofsException {
        return volume.position(Integer.toUnsignedLong(number));
    }

    @Override
    Directory names(FileInfo directory) throws IOException {
        Directory names = new Directory(directory.inode(), 0);
        for (ErofsNames.Name name : volume.names(position(directory.inode()))) {
            volume.position(name.nid());
            names.add(name.name(), new DirectoryEntry((int) name.nid(), name.type(), 0));
        }
        return names;
    }

    @Override
    public ByteString readLink(FileInfo symlink) throws IOException {
        long position = position(symlink.inode());
        return ByteString.copyOf(volume.data(position, volume.inode(position), BLOCK));
    }

    @Override
    public SortedMap<ByteString, ByteString> attributes(FileInfo file) throws IOException {
        long position = position(file.inode());
        ErofsInode inode = volume.inode(position);
        if (inode.xattrLength() == 0) {
            return new TreeMap<>();
        }
        byte[] own = volume.read(position + inode.length(), inode.xattrLength());
        return ErofsXattrs.decode(
                own, volume::sharedXattr, "attributes of inode " + Integer.toUnsignedString(file.inode()));
    }

    @Override
    public FileData data(FileInfo file) throws IOException {
        if (file.type() != FileType.REGULAR) {
            throw new IllegalArgumentException("inode " + file.inode() + " is no regular file");
        }
        long position = position(file.inode());
        ErofsInode inode = volume.inode(position);
        String where = "inode " + Integer.toUnsignedString(file.inode());
        if (inode.size() < 0) {
            throw new ErofsException(where + " has a size of " + inode.size());
        }
        List<FileExtent> runs =
                switch (inode.layout()) {
                    case ErofsInodeLayout.PLAIN, ErofsInodeLayout.INLINE -> blocksAndTail(position, inode);
                    case ErofsInodeLayout.CHUNKS -> chunks(position, inode, where);
                    default ->
                        throw new ErofsException(where + " has its data in form " + inode.layout()
                                + ", which is unknown here: mount the image");
                };
        for (FileExtent run : runs) {
            if (run.length() > volume.store().size() - run.position()) {
                throw new ErofsException(where + " has " + run.length() + " bytes at byte " + run.position()
                        + " of a device of " + volume.store().size());
            }
        }
        return new FileData(volume.store(), inode.size(), runs);
    }

    private static List<FileExtent> blocksAndTail(long position, ErofsInode inode) {
        List<FileExtent> runs = new ArrayList<>();
        long plain = Math.min(inode.size(), inode.plainBlocks() * BLOCK);
        if (plain > 0) {
            runs.add(new FileExtent(0, Integer.toUnsignedLong(inode.union()) * BLOCK, plain));
        }
        if (plain < inode.size()) {
            runs.add(new FileExtent(plain, position + inode.length() + inode.xattrLength(), inode.size() - plain));
        }
        return runs;
    }

    private List<FileExtent> chunks(long position, ErofsInode inode, String where) throws IOException {
        int form = inode.union() & 0xFFFF;
        if ((form & ~(ErofsInodeLayout.CHUNK_BITS | ErofsInodeLayout.CHUNK_INDEXES)) != 0) {
            throw new ErofsException(String.format("%s has chunks of form 0x%x, which is unknown here", where, form));
        }
        boolean indexes = (form & ErofsInodeLayout.CHUNK_INDEXES) != 0;
        int unit = indexes ? ErofsInodeLayout.CHUNK_INDEX : Integer.BYTES;
        long length = (long) BLOCK << (form & ErofsInodeLayout.CHUNK_BITS);
        long count = Math.ceilDiv(inode.size(), length);
        if (count > MAX_CHUNKS) {
            throw new ErofsException(where + " has " + count + " chunks, more than " + MAX_CHUNKS);
        }
        long list = Math.ceilDiv(position + inode.length() + inode.xattrLength(), (long) unit) * unit;
        ByteBuffer chunks =
                ByteBuffer.wrap(volume.read(list, (int) count * unit)).order(ByteOrder.LITTLE_ENDIAN);
        List<FileExtent> runs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            if (indexes && chunks.getShort(i * unit + ErofsInodeLayout.CHUNK_DEVICE) != 0) {
                throw new ErofsException(where + " has data on another device");
            }
            int block = chunks.getInt(i * unit + (indexes ? ErofsInodeLayout.CHUNK_BLOCK : 0));
            if (block != ErofsInodeLayout.NO_BLOCK) {
                runs.add(new FileExtent(
                        i * length,
                        Integer.toUnsignedLong(block) * BLOCK,
                        Math.min(length, inode.size() - i * length)));
            }
        }
        return runs;
    }

    @Override
    public void close() {
        // There is nothing to give back.
    }
}
