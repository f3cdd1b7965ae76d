package io.obd.block.gzip;

import java.util.BitSet;

/**
 * Deflate blocks without content that end at a wanted bit of a byte. Put in front of a block that begins there, they let
 * an inflater start with it that can only start with whole bytes. Moving the bits of the block instead would not do: a
 * stored block begins at the next whole byte of the stream as it is.
 */
final class EmptyBlocks {
    /** All of them are stated, as that makes the number of bits an odd one. */
    private static final int CODE_LENGTHS = 19;

    private final BitSet bits = new BitSet();
    private int length;

    private EmptyBlocks() {}

    /** The bytes of some blocks, in the last of which they have the first {@code bit} bits; for 0 there are none. */
    static byte[] upTo(int bit) {
        EmptyBlocks blocks = new EmptyBlocks();
        if (bit % 2 == 1) {
            blocks.dynamic();
        }
        for (int i = 0; i < bit / 2; i++) {
            blocks.fixed();
        }
        byte[] bytes = new byte[Math.ceilDiv(blocks.length, Byte.SIZE)];
        byte[] set = blocks.bits.toByteArray();
        System.arraycopy(set, 0, bytes, 0, set.length);
        return bytes;
    }

    /** 10 bits: the end of a block in the fixed code. */
    private void fixed() {
        number(0, 1);
        number(1, 2);
        number(0, 7);
    }

    /** 97 bits: a code of its own with two symbols, the last literal and the end of the block, and then that. */
    private void dynamic() {
        number(0, 1);
        number(2, 2);
        number(0, 5); // 257 literals and lengths
        number(0, 5); // one distance
        number(CODE_LENGTHS - 4, 4);
        for (int i = 0; i < CODE_LENGTHS; i++) {
            number(lengthOfCode(i), 3);
        }
        // 255 symbols without a code, two with one of one bit, a distance without.
        code("0");
        number(138 - 11, 7);
        code("0");
        number(117 - 11, 7);
        code("11");
        code("11");
        code("10");
        code("1");
    }

    /** The third is that of the repeated zero, the fourth that of 0, the last but one that of 1. */
    private static int lengthOfCode(int place) {
        return switch (place) {
            case 2 -> 1;
            case 3, CODE_LENGTHS - 2 -> 2;
            default -> 0;
        };
    }

    private void number(int value, int width) {
        for (int i = 0; i < width; i++) {
            bits.set(length++, (value >>> i & 1) == 1);
        }
    }

    private void code(String code) {
        for (int i = 0; i < code.length(); i++) {
            bits.set(length++, code.charAt(i) == '1');
        }
    }
}
