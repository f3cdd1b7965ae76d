package io.obd.tcmu.trace;

import io.obd.block.BlobReader;
import io.obd.block.BlockStore;
import io.obd.fs.FileExtent;
import io.obd.fs.FileInfo;
import io.obd.fs.FileSystemReader;
import io.obd.fs.FileType;
import io.obd.fs.NamedFile;
import io.obd.fs.tar.ByteString;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads ahead the files of a list: their names are looked up in the image's file system, then their content is read. */
final class PriorityReplay implements ImageTrace {
    private static final Logger log = LoggerFactory.getLogger(PriorityReplay.class);
    private static final int MAX_DEPTH = 64;

    private final String name;
    private final PriorityList list;
    private final int concurrency;
    private volatile boolean closed;
    private @Nullable ReadAhead ahead;

    PriorityReplay(String name, PriorityList list, int concurrency) {
        this.name = name;
        this.list = list;
        this.concurrency = concurrency;
    }

    @Override
    public BlobReader tap(int layer, BlobReader plain) {
        return plain;
    }

    /** On a platform thread, as the library that reads the file system wants it. */
    @Override
    public void start(BlockStore image) {
        Thread.ofPlatform().daemon().name("priority-list").start(() -> run(image));
    }

    private void run(BlockStore image) {
        List<ReadAhead.Read> reads = new ArrayList<>();
        try (FileSystemReader files = FileSystemReader.open(image)) {
            for (PriorityList.Entry entry : list.entries()) {
                find(files, image, entry, reads);
            }
            begin(reads);
        } catch (IOException | RuntimeException e) {
            if (!closed) {
                log.warn("the files of {} are not read ahead: {}", name, e.toString());
            }
        }
    }

    private synchronized void begin(List<ReadAhead.Read> reads) {
        if (!closed) {
            log.info("reading the {} entries of {} ahead", list.entries().size(), name);
            ahead = ReadAhead.start(name, reads.iterator(), concurrency);
        }
    }

    private void find(FileSystemReader files, BlockStore image, PriorityList.Entry entry, List<ReadAhead.Read> reads)
            throws IOException {
        FileInfo found = files.find(ByteString.of(entry.path()), true);
        if (found == null || found.isDirectory() != entry.below()) {
            log.warn("{}: there is no {} {}", name, entry.below() ? "directory" : "file", entry.path());
            return;
        }
        record Place(FileInfo file, int depth) {}
        Deque<Place> ahead = new ArrayDeque<>(List.of(new Place(found, 0)));
        while (!ahead.isEmpty() && !closed) {
            Place place = ahead.removeFirst();
            if (place.file().type() == FileType.REGULAR) {
                addContent(files, image, place.file(), reads);
            } else if (place.file().isDirectory() && place.depth() < MAX_DEPTH) {
                for (NamedFile child : files.list(place.file())) {
                    ahead.add(new Place(child.file(), place.depth() + 1));
                }
            }
        }
    }

    private static void addContent(FileSystemReader files, BlockStore image, FileInfo file, List<ReadAhead.Read> reads)
            throws IOException {
        for (FileExtent extent : files.data(file).extents()) {
            long start = extent.position() / BlockStore.SECTOR * BlockStore.SECTOR;
            long end = Math.ceilDiv(extent.position() + extent.length(), BlockStore.SECTOR) * BlockStore.SECTOR;
            for (long at = start; at < end; at += ReadAhead.MAX_READ) {
                reads.add(new ReadAhead.Read(image::read, at, (int) Math.min(ReadAhead.MAX_READ, end - at)));
            }
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (ahead != null) {
            ahead.stop();
        }
    }
}
