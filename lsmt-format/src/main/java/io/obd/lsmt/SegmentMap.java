package io.obd.lsmt;

import static io.obd.lsmt.SegmentLayout.end;
import static io.obd.lsmt.SegmentLayout.offset;

import java.util.Arrays;

/**
 * A mutable index: a later entry takes the place of what it overlaps. Not for several threads.
 *
 * <p>Implementation: a B+-tree of two levels. Entries lie in leaves of at most {@value #LEAF} in arrays of longs, leaves
 * in one array, none of them empty. With a million entries an insertion moves some 2 KiB, with a hundred million some
 * 2 MiB at every hundredth.
 */
final class SegmentMap {
    private static final int LEAF = 256;

    private Leaf[] leaves = new Leaf[4];
    private int leafCount;
    private long size;

    /** Number of entries. */
    long size() {
        return size;
    }

    /**
     * The entry that covers {@code sector}, otherwise the next one after it, -1 if there is none.
     *
     * @return a position for {@link #range} and {@link #mapping}, valid until the next change
     */
    long find(long sector) {
        int leaf = findLeaf(sector);
        return leaf == leafCount ? -1 : ((long) leaf << Integer.SIZE) | leaves[leaf].find(sector);
    }

    long range(long slot) {
        return leaves[(int) (slot >>> Integer.SIZE)].words[2 * (int) slot];
    }

    long mapping(long slot) {
        return leaves[(int) (slot >>> Integer.SIZE)].words[2 * (int) slot + 1];
    }

    /** All entries in ascending order. */
    SegmentList toList() {
        SegmentList list = new SegmentList(Math.toIntExact(size));
        for (int l = 0; l < leafCount; l++) {
            Leaf leaf = leaves[l];
            for (int i = 0; i < leaf.count; i++) {
                list.add(leaf.words[2 * i], leaf.words[2 * i + 1]);
            }
        }
        return list;
    }

    /** Puts an entry in place of everything it overlaps: whole entries vanish, others are trimmed or split. */
    void insert(long range, long mapping) {
        remove(offset(range), end(range));
        int l = findLeaf(offset(range));
        if (l == leafCount) {
            // After everything else: a run of ascending insertions leaves full leaves behind.
            if (leafCount == 0 || leaves[leafCount - 1].count == LEAF) {
                addLeaf(leafCount, new Leaf());
            }
            l = leafCount - 1;
        } else if (leaves[l].count == LEAF) {
            addLeaf(l + 1, leaves[l].split());
            l = findLeaf(offset(range));
        }
        leaves[l].insert(leaves[l].find(offset(range)), range, mapping);
        size++;
    }

    /** Removes what is in the sectors {@code from} to {@code to}: whole entries vanish, others are trimmed or split. */
    void remove(long from, long to) {
        int l = findLeaf(from);
        while (l < leafCount) {
            Leaf leaf = leaves[l];
            int i = leaf.find(from);
            if (i < leaf.count && offset(leaf.words[2 * i]) < from) {
                long range = leaf.words[2 * i];
                long mapping = leaf.words[2 * i + 1];
                leaf.words[2 * i] = SegmentLayout.range(offset(range), from - offset(range));
                if (end(range) > to) {
                    insertTail(l, i + 1, range, mapping, to);
                    return;
                }
                i++;
            }
            int j = i;
            while (j < leaf.count && end(leaf.words[2 * j]) <= to) {
                j++;
            }
            size -= j - i;
            leaf.remove(i, j);
            if (i < leaf.count) {
                long range = leaf.words[2 * i];
                if (offset(range) < to) {
                    leaf.words[2 * i] = SegmentLayout.range(to, end(range) - to);
                    leaf.words[2 * i + 1] = SegmentLayout.advance(leaf.words[2 * i + 1], to - offset(range));
                }
                return;
            }
            if (leaf.count == 0) {
                removeLeaf(l);
            } else {
                l++;
            }
        }
    }

    /** Inserts what remains of a split entry from sector {@code start} on, at {@code i} of leaf {@code l}. */
    private void insertTail(int l, int i, long range, long mapping, long start) {
        int leaf = l;
        int at = i;
        if (leaves[leaf].count == LEAF) {
            addLeaf(leaf + 1, leaves[leaf].split());
            if (at > leaves[leaf].count) {
                at -= leaves[leaf].count;
                leaf++;
            }
        }
        leaves[leaf].insert(
                at,
                SegmentLayout.range(start, end(range) - start),
                SegmentLayout.advance(mapping, start - offset(range)));
        size++;
    }

    private int findLeaf(long sector) {
        int base = 0;
        int count = leafCount;
        while (count > 0) {
            int half = count >>> 1;
            if (leaves[base + half].end() <= sector) {
                base += half + 1;
                count -= half + 1;
            } else {
                count = half;
            }
        }
        return base;
    }

    private void addLeaf(int l, Leaf leaf) {
        if (leafCount == leaves.length) {
            leaves = Arrays.copyOf(leaves, 2 * leafCount);
        }
        System.arraycopy(leaves, l, leaves, l + 1, leafCount - l);
        leaves[l] = leaf;
        leafCount++;
    }

    private void removeLeaf(int l) {
        System.arraycopy(leaves, l + 1, leaves, l, leafCount - l - 1);
        leafCount--;
    }

    private static final class Leaf {
        private final long[] words = new long[2 * LEAF];
        private int count;

        long end() {
            return SegmentLayout.end(words[2 * (count - 1)]);
        }

        int find(long sector) {
            int base = 0;
            int length = count;
            while (length > 0) {
                int half = length >>> 1;
                if (SegmentLayout.end(words[2 * (base + half)]) <= sector) {
                    base += half + 1;
                    length -= half + 1;
                } else {
                    length = half;
                }
            }
            return base;
        }

        void insert(int i, long range, long mapping) {
            System.arraycopy(words, 2 * i, words, 2 * i + 2, 2 * (count - i));
            words[2 * i] = range;
            words[2 * i + 1] = mapping;
            count++;
        }

        void remove(int from, int to) {
            System.arraycopy(words, 2 * to, words, 2 * from, 2 * (count - to));
            count -= to - from;
        }

        Leaf split() {
            Leaf upper = new Leaf();
            int keep = count / 2;
            upper.count = count - keep;
            System.arraycopy(words, 2 * keep, upper.words, 0, 2 * upper.count);
            count = keep;
            return upper;
        }
    }
}
