package io.obd.rafs;

/** The sizes that chunks can have. */
final class ChunkSize {
    private static final int SMALLEST = 0x1000;
    private static final int LARGEST = 0x100_0000;

    private ChunkSize() {}

    static boolean isValid(int bytes) {
        return bytes >= SMALLEST && bytes <= LARGEST && Integer.bitCount(bytes) == 1;
    }

    /** How many chunks a file has. */
    static long count(long fileSize, int chunkSize) {
        return fileSize / chunkSize + (fileSize % chunkSize == 0 ? 0 : 1);
    }

    /** Bytes of a file's chunk. */
    static int length(long fileSize, long chunk, int chunkSize) {
        return (int) Math.min(chunkSize, fileSize - chunk * chunkSize);
    }
}
