package io.obd.tcmu;

import io.obd.lsmt.LayeredImage;
import io.obd.lsmt.WritableLayer;
import io.obd.lsmt.WritableLayer.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/** Runs in a guest: writes to layers, flushes, and marks each flush in the log of the device below. */
final class PowerCutWriter {
    static final int SIZE = 1 << 20;
    static final int ROUNDS = 12;
    static final List<Kind> KINDS = List.of(Kind.LOG, Kind.SPARSE);
    private static final int WRITES = 8;
    private static final int LONGEST = 40;

    private PowerCutWriter() {}

    /** What a round writes; bytes are null for a discard. */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares them
    record Operation(int offset, int length, byte[] bytes, boolean discard) {}

    /** The same for the same number, wherever it is asked for. */
    static List<Operation> operations(int round) {
        Random random = new Random(round);
        List<Operation> operations = new ArrayList<>();
        for (int i = 0; i < WRITES; i++) {
            int length = 512 * (1 + random.nextInt(LONGEST));
            int offset = 512 * random.nextInt((SIZE - length) / 512);
            byte[] bytes = new byte[length];
            boolean discard = i > 0 && random.nextInt(4) == 0;
            if (!discard) {
                random.nextBytes(bytes);
            }
            operations.add(new Operation(offset, length, bytes, discard));
        }
        return operations;
    }

    static void apply(Operation operation, byte[] disk) {
        System.arraycopy(operation.bytes(), 0, disk, operation.offset(), operation.length());
    }

    static Path data(Path dir, Kind kind) {
        return dir.resolve(kind + ".data");
    }

    static Path index(Path dir, Kind kind) {
        return dir.resolve(kind + ".index");
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        Path dir = Files.createDirectory(Path.of(args[0]));
        String device = args[1];
        List<LayeredImage> images = new ArrayList<>();
        for (Kind kind : KINDS) {
            WritableLayer layer = WritableLayer.create(kind, data(dir, kind), index(dir, kind), SIZE, new UUID(0, 0));
            images.add(LayeredImage.open(List.of(), layer));
        }
        for (int round = 1; round <= ROUNDS; round++) {
            for (LayeredImage image : images) {
                for (Operation operation : operations(round)) {
                    if (operation.discard()) {
                        image.discard(operation.offset(), operation.length());
                    } else {
                        image.write(operation.offset(), ByteBuffer.wrap(operation.bytes()));
                    }
                }
                image.flush();
            }
            String[] mark = {"dmsetup", "message", device, "0", "mark", "round" + round};
            int status = new ProcessBuilder(mark).inheritIO().start().waitFor();
            if (status != 0) {
                throw new IOException(Arrays.toString(mark) + " ended with " + status);
            }
        }
        System.out.println("written");
    }
}
