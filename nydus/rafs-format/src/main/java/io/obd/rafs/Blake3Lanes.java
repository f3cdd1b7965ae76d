package io.obd.rafs;

import io.obd.fs.tar.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * BLAKE3 of much data: many of its chunks of 1024 bytes are hashed side by side, each in a lane, whichever content they are
 * of. The loops over lanes become vector instructions, which makes this some times faster than hashing one chunk after the
 * other.
 *
 * <p>Its names are those of the specification of BLAKE3: chunks have 16 blocks of 64 bytes, each block changes the
 * chaining value of its chunk, and those are the leaves of a tree.
 */
final class Blake3Lanes {
    /** The JVM begins and ends each loop over lanes with some that it takes one by one: of many lanes those are a small part. */
    private static final int LANES = 160;

    private static final int CHUNK = 1024;
    private static final int BLOCK = 64;
    private static final int BLOCK_WORDS = BLOCK / Integer.BYTES;
    private static final int CHUNK_WORDS = CHUNK / Integer.BYTES;
    /** From a chunk to the next one in {@link #words}: a power of two would have all of them share few lines of the cache. */
    private static final int CHUNK_STRIDE = CHUNK_WORDS + BLOCK_WORDS;

    private static final int VALUE_WORDS = 8;
    private static final int ROUNDS = 7;

    private static final int CHUNK_START = 1;
    private static final int CHUNK_END = 2;
    private static final int PARENT = 4;
    private static final int ROOT = 8;

    private static final int IV_ROWS = 4;
    private static final int COUNTER = 12;
    private static final int COUNTER_HIGH = 13;
    private static final int LENGTH = 14;
    private static final int FLAGS = 15;

    private static final int[] IV = {
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19
    };
    private static final int[] PERMUTATION = {2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8};

    /** The rows that are mixed in a round: columns first, then diagonals. */
    private static final int[][] MIXED = {
        {0, 4, 8, 12}, {1, 5, 9, 13}, {2, 6, 10, 14}, {3, 7, 11, 15},
        {0, 5, 10, 15}, {1, 6, 11, 12}, {2, 7, 8, 13}, {3, 4, 9, 14}
    };

    private final int lanes;
    private final int[] words;
    private final int[][] state;
    private final int[][] chaining;
    private final int[][] message;
    private final int[][][] schedule = new int[ROUNDS][][];

    // What differs from lane to lane: bytes of the chunk, bytes of the block, and where the value goes.
    private final int[] chunkLength;
    private final int[] endFlags;
    private final int[] counter;
    private final int[] blockLength;
    private final int[] flags;
    private final int[] target;

    /** Chaining values, {@value #VALUE_WORDS} words each; those of a content lie side by side. */
    private final int[] values;

    /** A content in the middle of its tree: its values, and how many there are on this level. */
    private static final class Tree {
        final int first;
        int count;

        Tree(int first, int count) {
            this.first = first;
            this.count = count;
        }
    }

    private Blake3Lanes(int leaves) {
        this.lanes = Math.min(LANES, leaves);
        this.words = new int[lanes * CHUNK_STRIDE];
        this.state = new int[BLOCK_WORDS][lanes];
        this.message = new int[BLOCK_WORDS][lanes];
        this.chaining = new int[VALUE_WORDS][lanes];
        this.chunkLength = new int[lanes];
        this.endFlags = new int[lanes];
        this.counter = new int[lanes];
        this.blockLength = new int[lanes];
        this.flags = new int[lanes];
        this.target = new int[lanes];
        this.values = new int[leaves * VALUE_WORDS];
        schedule[0] = message;
        for (int round = 1; round < ROUNDS; round++) {
            schedule[round] = permuted(schedule[round - 1]);
        }
    }

    private static int[][] permuted(int[][] words) {
        int[][] permuted = new int[BLOCK_WORDS][];
        for (int i = 0; i < BLOCK_WORDS; i++) {
            permuted[i] = words[PERMUTATION[i]];
        }
        return permuted;
    }

    /** The hash of what remains in each of {@code contents}, whose positions move to their limits. */
    static List<ByteString> hash(List<ByteBuffer> contents) {
        List<Tree> trees = new ArrayList<>(contents.size());
        int leaves = 0;
        for (ByteBuffer content : contents) {
            int count = Math.max(1, Math.ceilDiv(content.remaining(), CHUNK));
            trees.add(new Tree(leaves, count));
            leaves += count;
        }
        Blake3Lanes hash = new Blake3Lanes(leaves);
        hash.chunks(contents, trees);
        while (trees.stream().anyMatch(tree -> tree.count > 1)) {
            hash.parents(trees);
            hash.promote(trees);
        }
        return trees.stream().map(tree -> hash.digest(tree.first)).toList();
    }

    private ByteString digest(int value) {
        ByteBuffer digest = ByteBuffer.allocate(VALUE_WORDS * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        digest.asIntBuffer().put(values, value * VALUE_WORDS, VALUE_WORDS);
        return ByteString.copyOf(digest.array());
    }

    /** Makes the leaves of all trees. */
    private void chunks(List<ByteBuffer> contents, List<Tree> trees) {
        int n = 0;
        for (int i = 0; i < contents.size(); i++) {
            ByteBuffer content = contents.get(i);
            ByteBuffer data = content.slice().order(ByteOrder.LITTLE_ENDIAN);
            IntBuffer ints = data.asIntBuffer();
            Tree tree = trees.get(i);
            for (int chunk = 0; chunk < tree.count; chunk++) {
                read(data, ints, chunk, n);
                counter[n] = chunk;
                endFlags[n] = tree.count == 1 ? CHUNK_END | ROOT : CHUNK_END;
                target[n] = tree.first + chunk;
                if (++n == lanes) {
                    hashChunks(n);
                    n = 0;
                }
            }
            content.position(content.limit());
        }
        hashChunks(n);
    }

    /** Reads a chunk as little-endian words; zeros follow at the end of the content. */
    private void read(ByteBuffer data, IntBuffer ints, int chunk, int lane) {
        int start = chunk * CHUNK;
        int length = Math.min(CHUNK, data.limit() - start);
        int first = lane * CHUNK_STRIDE;
        int whole = length / Integer.BYTES;
        ints.get(chunk * CHUNK_WORDS, words, first, whole);
        if (whole < CHUNK_WORDS) {
            Arrays.fill(words, first + whole, first + CHUNK_WORDS, 0);
        }
        for (int at = whole * Integer.BYTES; at < length; at++) {
            words[first + whole] |= (data.get(start + at) & 0xff) << (at % Integer.BYTES * Byte.SIZE);
        }
        chunkLength[lane] = length;
    }

    private void hashChunks(int n) {
        begin(n);
        int blocks = 0;
        for (int lane = 0; lane < n; lane++) {
            blocks = Math.max(blocks, lastBlock(lane) + 1);
        }
        for (int block = 0; block < blocks; block++) {
            load(block * BLOCK_WORDS, n);
            for (int lane = 0; lane < n; lane++) {
                boolean last = block == lastBlock(lane);
                blockLength[lane] = last ? chunkLength[lane] - block * BLOCK : BLOCK;
                flags[lane] = (block == 0 ? CHUNK_START : 0) | (last ? endFlags[lane] : 0);
            }
            compress(n);
            // Lanes whose chunk has ended go on with what is of no use.
            for (int lane = 0; lane < n; lane++) {
                if (block == lastBlock(lane)) {
                    store(lane);
                }
            }
        }
    }

    /** Also of no bytes there is a block. */
    private int lastBlock(int lane) {
        return Math.max(0, chunkLength[lane] - 1) / BLOCK;
    }

    /** Makes one value of each two next to each other, in all trees. */
    private void parents(List<Tree> trees) {
        Arrays.fill(counter, 0);
        Arrays.fill(blockLength, BLOCK);
        int n = 0;
        for (Tree tree : trees) {
            for (int pair = 0; pair < tree.count / 2; pair++) {
                System.arraycopy(values, (tree.first + 2 * pair) * VALUE_WORDS, words, n * CHUNK_STRIDE, BLOCK_WORDS);
                flags[n] = tree.count == 2 ? PARENT | ROOT : PARENT;
                target[n] = tree.first + pair;
                if (++n == lanes) {
                    hashParents(n);
                    n = 0;
                }
            }
        }
        hashParents(n);
    }

    private void hashParents(int n) {
        begin(n);
        load(0, n);
        compress(n);
        for (int lane = 0; lane < n; lane++) {
            store(lane);
        }
    }

    /** Goes to the next level of the trees; a value that has none beside it is on that level, too. */
    private void promote(List<Tree> trees) {
        for (Tree tree : trees) {
            int pairs = tree.count / 2;
            if (tree.count % 2 != 0) {
                int over = (tree.first + tree.count - 1) * VALUE_WORDS;
                System.arraycopy(values, over, values, (tree.first + pairs) * VALUE_WORDS, VALUE_WORDS);
            }
            tree.count = pairs + tree.count % 2;
        }
    }

    private void begin(int n) {
        for (int i = 0; i < VALUE_WORDS; i++) {
            Arrays.fill(chaining[i], 0, n, IV[i]);
        }
    }

    private void load(int at, int n) {
        for (int i = 0; i < BLOCK_WORDS; i++) {
            int[] word = message[i];
            for (int lane = 0, k = at + i; lane < n; lane++, k += CHUNK_STRIDE) {
                word[lane] = words[k];
            }
        }
    }

    private void store(int lane) {
        int value = target[lane] * VALUE_WORDS;
        for (int i = 0; i < VALUE_WORDS; i++) {
            values[value + i] = chaining[i][lane];
        }
    }

    private void prepare(int n) {
        for (int i = 0; i < VALUE_WORDS; i++) {
            System.arraycopy(chaining[i], 0, state[i], 0, n);
        }
        for (int i = 0; i < IV_ROWS; i++) {
            Arrays.fill(state[VALUE_WORDS + i], 0, n, IV[i]);
        }
        System.arraycopy(counter, 0, state[COUNTER], 0, n);
        Arrays.fill(state[COUNTER_HIGH], 0, n, 0);
        System.arraycopy(blockLength, 0, state[LENGTH], 0, n);
        System.arraycopy(flags, 0, state[FLAGS], 0, n);
    }

    private void compress(int n) {
        prepare(n);
        int[][] v = state;
        for (int[][] m : schedule) {
            for (int i = 0; i < MIXED.length; i++) {
                int[] rows = MIXED[i];
                mix(v[rows[0]], v[rows[1]], v[rows[2]], v[rows[3]], m[2 * i], m[2 * i + 1], n);
            }
        }
        for (int i = 0; i < VALUE_WORDS; i++) {
            xor(chaining[i], v[i], v[VALUE_WORDS + i], n);
        }
    }

    /** The function G in all lanes. */
    private static void mix(int[] a, int[] b, int[] c, int[] d, int[] x, int[] y, int n) {
        for (int i = 0; i < n; i++) {
            int a1 = a[i] + b[i] + x[i];
            int d1 = Integer.rotateRight(d[i] ^ a1, 16);
            int c1 = c[i] + d1;
            int b1 = Integer.rotateRight(b[i] ^ c1, 12);
            int a2 = a1 + b1 + y[i];
            int d2 = Integer.rotateRight(d1 ^ a2, 8);
            int c2 = c1 + d2;
            a[i] = a2;
            b[i] = Integer.rotateRight(b1 ^ c2, 7);
            c[i] = c2;
            d[i] = d2;
        }
    }

    private static void xor(int[] value, int[] upper, int[] lower, int n) {
        for (int i = 0; i < n; i++) {
            value[i] = upper[i] ^ lower[i];
        }
    }
}
