package io.obd.tools.obd;

import io.obd.lsmt.DiskMap;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** Copies a virtual disk: only runs that some layer has, and of them only what is not zero. */
final class RawDisk {
    private static final int CHUNK = 1 << 20;
    private static final int BLOCK = 4096;

    private final Disk disk;
    private final ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);

    private record Run(long offset, long length) {}

    RawDisk(Disk disk) {
        this.disk = disk;
    }

    /**
     * Writes a sparse file. It has its name only when it is complete and on the disk.
     *
     * @throws FileAlreadyExistsException if the file exists and is not to be replaced
     * @throws ToolException if its file system has no room for the data
     */
    void writeTo(Path file, boolean replace) throws IOException {
        Path target = file.toAbsolutePath();
        if (Files.exists(target, LinkOption.NOFOLLOW_LINKS) && (!replace || !Files.isRegularFile(target))) {
            throw new FileAlreadyExistsException(file.toString());
        }
        Path directory = target.getParent();
        if (directory == null || !Files.isDirectory(directory)) {
            throw new ToolException(file + ": there is no such directory as " + directory);
        }
        long free = Files.getFileStore(directory).getUsableSpace();
        long needed = disk.map().dataSize();
        if (needed > free) {
            throw new ToolException(file + ": " + needed + " bytes are needed, " + directory + " has room for " + free);
        }
        try (ScratchDirectory scratch = ScratchDirectory.in(directory, ".obd-export-")) {
            Path unfinished = scratch.path().resolve("disk");
            try (FileChannel out =
                    FileChannel.open(unfinished, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                writeTo(out);
                out.force(true);
            }
            Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    /** Writes into an empty file, and makes it as long as the disk. */
    private void writeTo(FileChannel out) throws IOException {
        for (Run run : runs()) {
            for (long at = run.offset(); at < run.offset() + run.length(); at += chunk.limit()) {
                read(at, run.offset() + run.length() - at);
                writeBlocks(out, at);
            }
        }
        long size = disk.store().size();
        if (out.size() < size) {
            out.write(ByteBuffer.allocate(1), size - 1);
        }
    }

    /** Writes the blocks of the chunk that are not zero, neighbours together. */
    private void writeBlocks(FileChannel out, long offset) throws IOException {
        int end = chunk.limit();
        for (int from = 0; from < end; ) {
            int to = from;
            while (to < end && !isZero(to, Math.min(BLOCK, end - to))) {
                to = Math.min(to + BLOCK, end);
            }
            chunk.limit(to).position(from);
            for (long at = offset + from; chunk.hasRemaining(); ) {
                at += out.write(chunk, at);
            }
            chunk.limit(end);
            from = to == end ? end : Math.min(to + BLOCK, end);
        }
    }

    private boolean isZero(int from, int length) {
        for (int i = 0; i < length; i += Long.BYTES) {
            if (chunk.getLong(from + i) != 0) {
                return false;
            }
        }
        return true;
    }

    /** Writes everything, holes too. */
    void writeTo(OutputStream out) throws IOException {
        byte[] bytes = new byte[CHUNK];
        long position = 0;
        for (Run run : runs()) {
            writeZeros(out, run.offset() - position);
            for (long at = run.offset(); at < run.offset() + run.length(); at += chunk.limit()) {
                read(at, run.offset() + run.length() - at);
                chunk.get(0, bytes, 0, chunk.limit());
                out.write(bytes, 0, chunk.limit());
            }
            position = run.offset() + run.length();
        }
        writeZeros(out, disk.store().size() - position);
        out.flush();
    }

    private static void writeZeros(OutputStream out, long count) throws IOException {
        byte[] zeros = new byte[(int) Math.min(CHUNK, count)];
        for (long left = count; left > 0; left -= zeros.length) {
            out.write(zeros, 0, (int) Math.min(zeros.length, left));
        }
    }

    private void read(long offset, long length) throws IOException {
        disk.store().read(offset, chunk.clear().limit((int) Math.min(CHUNK, length)));
        chunk.flip();
    }

    /** What some layer has, neighbours together, ascending. */
    private List<Run> runs() {
        List<Run> runs = new ArrayList<>();
        disk.map().visit((offset, length, layer, _) -> {
            if (layer == DiskMap.NONE) {
                return;
            }
            Run last = runs.isEmpty() ? null : runs.getLast();
            if (last != null && last.offset() + last.length() == offset) {
                runs.set(runs.size() - 1, new Run(last.offset(), last.length() + length));
            } else {
                runs.add(new Run(offset, length));
            }
        });
        return runs;
    }
}
