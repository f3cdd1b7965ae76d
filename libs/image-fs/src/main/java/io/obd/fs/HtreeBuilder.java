package io.obd.fs;

import io.obd.fs.tar.ByteString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * Builds the blocks of an indexed directory (htree) at once: names sorted by hash in full leaves, one level of index
 * over them, two where it takes more than one block. That is enough for some 25 million names.
 */
final class HtreeBuilder {
    private record Hashed(int hash, Map.Entry<ByteString, DirectoryEntry> entry) {}

    private record Child(int hash, ByteBuffer block) {}

    private final Filsys filsys;
    private final int blockSize;
    private final boolean checksums;

    HtreeBuilder(Filsys filsys) {
        this.filsys = filsys;
        blockSize = filsys.blockSize();
        checksums = filsys.features().hasMetadataChecksums();
    }

    List<ByteBuffer> build(Directory directory) throws IOException {
        List<Child> leaves = leaves(directory);
        int rootLimit = limit(HtreeLayout.ROOT_ENTRIES);
        int nodeLimit = limit(HtreeLayout.NODE_ENTRIES);
        if (leaves.size() > (long) rootLimit * nodeLimit) {
            throw new Ext4Exception("a directory of " + directory.entries().size() + " names has no room in an index");
        }
        List<ByteBuffer> blocks = new ArrayList<>();
        if (leaves.size() <= rootLimit) {
            blocks.add(root(directory, 0, leaves, 1));
        } else {
            int nodes = Math.ceilDiv(leaves.size(), nodeLimit);
            List<Child> middle = new ArrayList<>();
            for (int i = 0; i < leaves.size(); i += nodeLimit) {
                List<Child> below = leaves.subList(i, Math.min(i + nodeLimit, leaves.size()));
                middle.add(new Child(below.getFirst().hash(), node(below, 1 + nodes + i)));
            }
            blocks.add(root(directory, 1, middle, 1));
            middle.forEach(child -> blocks.add(child.block()));
        }
        leaves.forEach(leaf -> blocks.add(leaf.block()));
        return blocks;
    }

    private List<Child> leaves(Directory directory) throws IOException {
        List<Hashed> names = new ArrayList<>(directory.entries().size());
        for (Map.Entry<ByteString, DirectoryEntry> entry : directory.entries().entrySet()) {
            names.add(new Hashed(filsys.hash(entry.getKey().toBytes()), entry));
        }
        names.sort(Comparator.<Hashed>comparingInt(name -> name.hash() ^ Integer.MIN_VALUE)
                .thenComparing(name -> name.entry().getKey()));
        List<Child> leaves = new ArrayList<>();
        DirectoryBlock leaf = new DirectoryBlock(blockSize, checksums);
        int first = 0;
        int previous = -1;
        for (Hashed name : names) {
            if (!leaf.add(name.entry())) {
                leaves.add(new Child(first, leaf.finish()));
                leaf = new DirectoryBlock(blockSize, checksums);
                leaf.add(name.entry());
                first = name.hash() == previous ? name.hash() | 1 : name.hash();
            }
            previous = name.hash();
        }
        leaves.add(new Child(first, leaf.finish()));
        return leaves;
    }

    private ByteBuffer root(Directory directory, int levels, List<Child> children, int firstBlock) {
        DirectoryBlock names = new DirectoryBlock(blockSize, false);
        names.addSelfAndParent(directory);
        ByteBuffer root = names.finish();
        root.put(HtreeLayout.HASH_VERSION, filsys.indexHashVersion());
        root.put(HtreeLayout.INFO_LENGTH, (byte) HtreeLayout.INFO_LENGTH_VALUE);
        root.put(HtreeLayout.LEVELS, (byte) levels);
        putEntries(root, HtreeLayout.ROOT_ENTRIES, children, firstBlock);
        return root;
    }

    private ByteBuffer node(List<Child> children, int firstBlock) {
        ByteBuffer node = new DirectoryBlock(blockSize, false).finish();
        putEntries(node, HtreeLayout.NODE_ENTRIES, children, firstBlock);
        return node;
    }

    /** The hash of the first child is not kept: in its place are limit and count. */
    private void putEntries(ByteBuffer block, int start, List<Child> children, int firstBlock) {
        for (int i = 0; i < children.size(); i++) {
            int entry = start + i * HtreeLayout.ENTRY_LENGTH;
            block.putInt(entry, children.get(i).hash());
            block.putInt(entry + Integer.BYTES, firstBlock + i);
        }
        block.putShort(start, (short) limit(start));
        block.putShort(start + Short.BYTES, (short) children.size());
    }

    private int limit(int start) {
        int room = blockSize - start - (checksums ? HtreeLayout.CHECKSUM_LENGTH : 0);
        return room / HtreeLayout.ENTRY_LENGTH;
    }
}
