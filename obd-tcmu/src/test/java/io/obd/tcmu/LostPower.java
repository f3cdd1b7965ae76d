package io.obd.tcmu;

import io.obd.lsmt.RecordedLayer;
import io.obd.lsmt.RecordedLayer.Change;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Makes the files of a recorded layer as a machine that lost power could leave them: what was synced is there; of what
 * was written after that each page is as it was after any of its writes, and the length of the file is anything that has
 * room for those pages.
 */
final class LostPower {
    private static final int PAGE = 4096;

    private final RecordedLayer recorded;
    private final List<Image> synced = new ArrayList<>();
    private final int[] applied = new int[2];

    /** What of the writes that were not synced reached the disk. */
    enum Survivors {
        /** All, as when only the process is killed. */
        ALL,
        NONE,
        /** Any, in any order. */
        SOME,
        /** As {@link #SOME}, and the files have their full length. */
        SOME_AND_THE_LENGTH
    }

    LostPower(RecordedLayer recorded) {
        this.recorded = recorded;
        recorded.contents().forEach(content -> synced.add(new Image(content)));
    }

    /** A file in memory: which pages there are, and their content. */
    private static final class Image {
        byte[] bytes;
        int size;
        final BitSet pages = new BitSet();

        Image(byte[] content) {
            bytes = content.clone();
            size = content.length;
            for (int page = 0; page * PAGE < size; page++) {
                if (!isZero(page)) {
                    pages.set(page);
                }
            }
        }

        private Image(Image other) {
            bytes = other.bytes.clone();
            size = other.size;
            pages.or(other.pages);
        }

        private boolean isZero(int page) {
            int end = Math.min(size, (page + 1) * PAGE);
            for (int i = page * PAGE; i < end; i++) {
                if (bytes[i] != 0) {
                    return false;
                }
            }
            return true;
        }

        private void reserve(int end) {
            if (end > bytes.length) {
                bytes = Arrays.copyOf(bytes, Math.max(end, 2 * bytes.length));
            }
        }

        void apply(Change change) {
            switch (change) {
                case Change.Write write -> put((int) write.offset(), write.bytes(), 0, write.bytes().length);
                case Change.Resize resize -> resize((int) resize.size());
                case Change.Punch punch -> {
                    Arrays.fill(bytes, (int) punch.offset(), (int) (punch.offset() + punch.length()), (byte) 0);
                    pages.clear((int) (punch.offset() / PAGE), (int) ((punch.offset() + punch.length()) / PAGE));
                }
                case Change.Sync _ -> {}
            }
        }

        void put(int offset, byte[] source, int from, int length) {
            reserve(offset + length);
            System.arraycopy(source, from, bytes, offset, length);
            size = Math.max(size, offset + length);
            pages.set(offset / PAGE, (offset + length - 1) / PAGE + 1);
        }

        void resize(int length) {
            reserve(length);
            if (length < size) {
                Arrays.fill(bytes, length, size, (byte) 0);
                pages.clear((length + PAGE - 1) / PAGE, bytes.length / PAGE + 1);
            }
            size = length;
        }

        void writeTo(Path file) throws IOException {
            Files.deleteIfExists(file);
            try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
                out.setLength(size);
                for (int from = pages.nextSetBit(0); from >= 0; from = pages.nextSetBit(pages.nextClearBit(from))) {
                    int start = from * PAGE;
                    int end = Math.min(size, pages.nextClearBit(from) * PAGE);
                    if (start < end) {
                        out.seek(start);
                        out.write(bytes, start, end - start);
                    }
                }
            }
        }
    }

    /**
     * Writes the files as they may be when the power is cut after so many changes; never fewer than the time before.
     *
     * @param files data and index
     */
    void cut(int changes, Survivors survivors, Random random, List<Path> files) throws IOException {
        List<Change> all = recorded.changes().subList(0, changes);
        advance(all);
        for (int file = 0; file < files.size(); file++) {
            Image image = new Image(synced.get(file));
            int number = file;
            List<Change> pending = all.stream()
                    .skip(applied[file])
                    .filter(change -> change.file() == number)
                    .toList();
            survive(image, pending, survivors, random);
            image.writeTo(files.get(file));
        }
    }

    /** Applies what was synced since the last time. */
    private void advance(List<Change> all) {
        for (int file = 0; file < applied.length; file++) {
            int end = lastSync(all, file);
            for (; applied[file] < end; applied[file]++) {
                if (all.get(applied[file]).file() == file) {
                    synced.get(file).apply(all.get(applied[file]));
                }
            }
        }
    }

    private static int lastSync(List<Change> all, int file) {
        for (int i = all.size() - 1; i >= 0; i--) {
            if (all.get(i) instanceof Change.Sync sync && sync.file() == file) {
                return i + 1;
            }
        }
        return 0;
    }

    private static void survive(Image image, List<Change> pending, Survivors survivors, Random random) {
        if (survivors == Survivors.NONE) {
            return;
        }
        if (survivors == Survivors.ALL) {
            pending.forEach(image::apply);
            return;
        }
        Map<Integer, Integer> lastOfPage = new HashMap<>();
        for (int i = 0; i < pending.size(); i++) {
            for (int page : pages(pending.get(i))) {
                // Each page got to the disk after one of its changes, or not at all.
                lastOfPage.putIfAbsent(page, -1);
                if (random.nextInt(3) > 0) {
                    lastOfPage.put(page, i);
                }
            }
        }
        int full = image.size;
        for (int i = 0; i < pending.size(); i++) {
            Change change = pending.get(i);
            if (change instanceof Change.Write write) {
                full = Math.max(full, (int) write.offset() + write.bytes().length);
                for (int page : pages(change)) {
                    if (lastOfPage.getOrDefault(page, -1) >= i) {
                        int start = Math.max((int) write.offset(), page * PAGE);
                        int end = Math.min((int) write.offset() + write.bytes().length, (page + 1) * PAGE);
                        image.put(start, write.bytes(), start - (int) write.offset(), end - start);
                    }
                }
            } else if (change instanceof Change.Punch punch) {
                for (int page : pages(change)) {
                    if (lastOfPage.getOrDefault(page, -1) >= i) {
                        image.apply(new Change.Punch(punch.file(), (long) page * PAGE, PAGE));
                    }
                }
            } else {
                image.apply(change);
            }
        }
        if (survivors == Survivors.SOME_AND_THE_LENGTH) {
            image.resize(Math.max(full, image.size));
        }
    }

    private static List<Integer> pages(Change change) {
        long offset;
        long length;
        switch (change) {
            case Change.Write write -> {
                offset = write.offset();
                length = write.bytes().length;
            }
            case Change.Punch punch -> {
                offset = punch.offset();
                length = punch.length();
            }
            default -> {
                return List.of();
            }
        }
        List<Integer> pages = new ArrayList<>();
        for (long page = offset / PAGE; page * PAGE < offset + length; page++) {
            pages.add((int) page);
        }
        return pages;
    }
}
