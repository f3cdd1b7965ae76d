package io.obd.rafs;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * BLAKE3 of data that is long enough to hash many of its chunks of 1024 bytes side by side, each in a lane. The loops over
 * lanes become vector instructions, which makes this some times faster than hashing one chunk after the other.
 *
 * <p>Its names are those of the specification of BLAKE3: chunks have 16 blocks of 64 bytes, each block changes the
 * chaining value of its chunk, and those are the leaves of a tree.
 */
final class Blake3Lanes {
    /** From this length on it is worth it. */
    static final int WORTHWHILE = 8 << 10;

    private static final int LANES = 64;
    private static final int CHUNK = 1024;
    private static final int BLOCK = 64;
    private static final int BLOCKS = CHUNK / BLOCK;
    private static final int BLOCK_WORDS = BLOCK / Integer.BYTES;
    private static final int CHUNK_WORDS = CHUNK / Integer.BYTES;
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

    private final int lanes;
    private final int[][] state;
    private final int[][] chaining;

    private final int[][] message;

    private Blake3Lanes(int lanes) {
        this.lanes = lanes;
        this.state = new int[BLOCK_WORDS][lanes];
        this.message = new int[BLOCK_WORDS][lanes];
        this.chaining = new int[VALUE_WORDS][lanes];
    }

    /**
     * The hash of what remains in {@code data}, whose position moves to its limit.
     *
     * @param data more than one chunk
     */
    static byte[] hash(ByteBuffer data) {
        int nodes = Math.ceilDiv(data.remaining(), CHUNK);
        Blake3Lanes hash = new Blake3Lanes(Math.min(LANES, nodes));
        int[] values = hash.chunks(data, nodes);
        while (nodes > 1) {
            nodes = hash.parents(values, nodes);
        }
        ByteBuffer digest = ByteBuffer.allocate(VALUE_WORDS * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        digest.asIntBuffer().put(values, 0, VALUE_WORDS);
        return digest.array();
    }

    /** The chaining values of all chunks. */
    private int[] chunks(ByteBuffer data, int count) {
        int[] values = new int[count * VALUE_WORDS];
        int[] words = new int[lanes * CHUNK_WORDS];
        for (int first = 0; first < count; first += lanes) {
            int n = Math.min(lanes, count - first);
            int length = Math.min(n * CHUNK, data.remaining());
            read(data, length, words);
            hashChunks(words, first, n, length - (n - 1) * CHUNK);
            store(values, first, n);
        }
        return values;
    }

    /** Reads little-endian words; zeros follow in the last chunk. */
    private static void read(ByteBuffer data, int length, int[] words) {
        int whole = length / Integer.BYTES;
        data.slice().order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(words, 0, whole);
        data.position(data.position() + whole * Integer.BYTES);
        Arrays.fill(words, whole, Math.ceilDiv(length, CHUNK) * CHUNK_WORDS, 0);
        for (int shift = 0; shift < length % Integer.BYTES * Byte.SIZE; shift += Byte.SIZE) {
            words[whole] |= (data.get() & 0xff) << shift;
        }
    }

    /** @param lastLength bytes of the last of these chunks; the other ones are full */
    private void hashChunks(int[] words, int first, int n, int lastLength) {
        int lastBlock = (lastLength - 1) / BLOCK;
        int[] lastValue = new int[VALUE_WORDS];
        begin(n);
        for (int block = 0; block < BLOCKS; block++) {
            load(words, block * BLOCK_WORDS, CHUNK_WORDS, n);
            int flags = block == 0 ? CHUNK_START : block == BLOCKS - 1 ? CHUNK_END : 0;
            prepare(n, flags);
            for (int lane = 0; lane < n; lane++) {
                state[COUNTER][lane] = first + lane;
            }
            if (block == lastBlock) {
                state[LENGTH][n - 1] = lastLength - block * BLOCK;
                state[FLAGS][n - 1] |= CHUNK_END;
            }
            compress(n);
            if (block == lastBlock) {
                for (int i = 0; i < VALUE_WORDS; i++) {
                    lastValue[i] = chaining[i][n - 1];
                }
            }
        }
        for (int i = 0; i < VALUE_WORDS; i++) {
            chaining[i][n - 1] = lastValue[i];
        }
    }

    /**
     * Makes one value of each two, and leaves one that is over.
     *
     * @return how many there are now
     */
    private int parents(int[] values, int count) {
        int pairs = count / 2;
        for (int first = 0; first < pairs; first += lanes) {
            int n = Math.min(lanes, pairs - first);
            begin(n);
            load(values, first * BLOCK_WORDS, BLOCK_WORDS, n);
            prepare(n, count == 2 ? PARENT | ROOT : PARENT);
            compress(n);
            store(values, first, n);
        }
        if (count % 2 != 0) {
            System.arraycopy(values, (count - 1) * VALUE_WORDS, values, pairs * VALUE_WORDS, VALUE_WORDS);
        }
        return pairs + count % 2;
    }

    private void begin(int n) {
        for (int i = 0; i < VALUE_WORDS; i++) {
            Arrays.fill(chaining[i], 0, n, IV[i]);
        }
    }

    private void load(int[] words, int at, int stride, int n) {
        for (int i = 0; i < BLOCK_WORDS; i++) {
            int[] word = message[i];
            for (int lane = 0, k = at + i; lane < n; lane++, k += stride) {
                word[lane] = words[k];
            }
        }
    }

    private void store(int[] values, int first, int n) {
        for (int i = 0; i < VALUE_WORDS; i++) {
            int[] value = chaining[i];
            for (int lane = 0, k = first * VALUE_WORDS + i; lane < n; lane++, k += VALUE_WORDS) {
                values[k] = value[lane];
            }
        }
    }

    private void prepare(int n, int flags) {
        for (int i = 0; i < VALUE_WORDS; i++) {
            System.arraycopy(chaining[i], 0, state[i], 0, n);
        }
        for (int i = 0; i < IV_ROWS; i++) {
            Arrays.fill(state[VALUE_WORDS + i], 0, n, IV[i]);
        }
        Arrays.fill(state[COUNTER], 0, n, 0);
        Arrays.fill(state[COUNTER_HIGH], 0, n, 0);
        Arrays.fill(state[LENGTH], 0, n, BLOCK);
        Arrays.fill(state[FLAGS], 0, n, flags);
    }

    private void compress(int n) {
        int[][] v = state;
        int[][] m = message;
        for (int round = 0; round < ROUNDS; round++) {
            mix(v[0], v[4], v[8], v[12], m[0], m[1], n);
            mix(v[1], v[5], v[9], v[13], m[2], m[3], n);
            mix(v[2], v[6], v[10], v[14], m[4], m[5], n);
            mix(v[3], v[7], v[11], v[15], m[6], m[7], n);
            mix(v[0], v[5], v[10], v[15], m[8], m[9], n);
            mix(v[1], v[6], v[11], v[12], m[10], m[11], n);
            mix(v[2], v[7], v[8], v[13], m[12], m[13], n);
            mix(v[3], v[4], v[9], v[14], m[14], m[15], n);
            m = permuted(m);
        }
        for (int i = 0; i < VALUE_WORDS; i++) {
            int[] value = chaining[i];
            int[] upper = v[i];
            int[] lower = v[VALUE_WORDS + i];
            for (int lane = 0; lane < n; lane++) {
                value[lane] = upper[lane] ^ lower[lane];
            }
        }
    }

    private static int[][] permuted(int[][] words) {
        int[][] permuted = new int[BLOCK_WORDS][];
        for (int i = 0; i < BLOCK_WORDS; i++) {
            permuted[i] = words[PERMUTATION[i]];
        }
        return permuted;
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
}
