package io.obd.lsmt;

import io.obd.lsmt.WritableLayer.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** A writable layer of which every change of its two files is recorded, in order. */
public final class RecordedLayer {
    /** What was done to a file: 0 is that of the data, 1 the index. */
    public sealed interface Change {
        int file();

        /** Bytes were written. */
        @SuppressWarnings("ArrayRecordComponent") // nobody compares them
        record Write(int file, long offset, byte[] bytes) implements Change {}

        /** The length was set. */
        record Resize(int file, long size) implements Change {}

        /** A hole was made. */
        record Punch(int file, long offset, long length) implements Change {}

        /** Everything before reached the disk. */
        record Sync(int file) implements Change {}
    }

    private final List<byte[]> contents = new ArrayList<>();
    private final List<Change> changes = new ArrayList<>();
    private final WritableLayer layer;

    /** Makes a layer and records from then on. */
    public RecordedLayer(Kind kind, Path data, Path index, long size) throws IOException {
        WritableLayer.create(kind, data, index, size, new UUID(0, 0)).close();
        contents.add(Files.readAllBytes(data));
        contents.add(Files.readAllBytes(index));
        WritablePair files = new WritablePair(new RecordedFile(data, 0), new RecordedFile(index, 1));
        this.layer = kind == Kind.LOG
                ? LogLayer.open(files, files.dataHeader())
                : SparseLayer.open(files, files.dataHeader());
    }

    /** The layer. */
    public WritableLayer layer() {
        return layer;
    }

    /** What the files held before the first change, the data first. */
    public List<byte[]> contents() {
        return contents;
    }

    /** Number of changes so far. */
    public synchronized int count() {
        return changes.size();
    }

    /** All changes so far. */
    public synchronized List<Change> changes() {
        return List.copyOf(changes);
    }

    private synchronized void add(Change change) {
        changes.add(change);
    }

    private final class RecordedFile extends WritableFile {
        private final int number;

        RecordedFile(Path path, int number) throws IOException {
            super(path);
            this.number = number;
        }

        @Override
        void write(long offset, ByteBuffer src) throws IOException {
            byte[] bytes = new byte[src.remaining()];
            src.get(src.position(), bytes);
            add(new Change.Write(number, offset, bytes));
            super.write(offset, src);
        }

        @Override
        void resize(long newSize) throws IOException {
            add(new Change.Resize(number, newSize));
            super.resize(newSize);
        }

        @Override
        boolean punchHole(long offset, long length) throws IOException {
            add(new Change.Punch(number, offset, length));
            return super.punchHole(offset, length);
        }

        @Override
        void sync() throws IOException {
            super.sync();
            add(new Change.Sync(number));
        }
    }
}
