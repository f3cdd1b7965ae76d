package io.obd.tcmu.trace;

import io.obd.block.Crc32c;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** Trace files as bytes and as reads. */
final class TraceFile {
    /** Reads in the longest trace that is written or taken; a gigabyte of small reads has a tenth of that. */
    static final int MAX_READS = 1 << 20;

    private static final long MAX_SIZE = TraceLayout.HEADER_SIZE + (long) MAX_READS * TraceLayout.RECORD_SIZE;

    private TraceFile() {}

    /**
     * The content of a file that may be a trace.
     *
     * @throws IOException if it cannot be read, or is longer than the longest trace
     */
    static ByteBuffer load(Path file) throws IOException {
        long size = Files.size(file);
        if (size > MAX_SIZE) {
            throw new IOException(file + ": " + size + " bytes, a trace has at most " + MAX_SIZE);
        }
        return ByteBuffer.wrap(Files.readAllBytes(file));
    }

    /**
     * The reads of a trace.
     *
     * @param name of the file, for error texts
     * @throws IOException if size or checksum are not what the header says, or a record makes no sense
     */
    static List<TraceRead> parse(ByteBuffer file, String name) throws IOException {
        int size = file.limit();
        if (size < TraceLayout.HEADER_SIZE || !TraceLayout.hasMagic(file)) {
            throw new IOException(name + ": not a trace");
        }
        long dataSize = TraceLayout.dataSize(file);
        if (dataSize != size - TraceLayout.HEADER_SIZE || dataSize % TraceLayout.RECORD_SIZE != 0) {
            throw new IOException(
                    name + ": the header announces " + dataSize + " bytes of records, the file has " + size + " bytes");
        }
        int checksum = checksum(file);
        if (checksum != TraceLayout.checksum(file)) {
            throw new IOException(String.format(
                    "%s: CRC of the records is %08x, stored is %08x", name, checksum, TraceLayout.checksum(file)));
        }
        List<TraceRead> reads = new ArrayList<>();
        for (int at = TraceLayout.HEADER_SIZE; at < size; at += TraceLayout.RECORD_SIZE) {
            if (TraceLayout.isRead(file, at)) {
                TraceRead read = TraceLayout.read(file, at);
                if (read.layer() < 0 || read.offset() < 0 || read.count() < 0) {
                    throw new IOException(name + ": the record at byte " + at + " is none: " + read);
                }
                reads.add(read);
            }
        }
        return reads;
    }

    /** The bytes of a trace. */
    static ByteBuffer format(List<TraceRead> reads) {
        ByteBuffer file = ByteBuffer.allocate(TraceLayout.HEADER_SIZE + reads.size() * TraceLayout.RECORD_SIZE);
        int at = TraceLayout.HEADER_SIZE;
        for (TraceRead read : reads) {
            TraceLayout.putRead(file, at, read);
            at += TraceLayout.RECORD_SIZE;
        }
        TraceLayout.putHeader(file, reads.size(), checksum(file));
        return file;
    }

    /** Puts a trace into a file that is there already, whose owner waits for it. */
    static void write(Path file, List<TraceRead> reads) throws IOException {
        Files.write(file, format(reads).array(), StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
    }

    private static int checksum(ByteBuffer file) {
        int length = file.limit() - TraceLayout.HEADER_SIZE;
        return new Crc32c(TraceLayout.CRC_SEED).of(file.slice(TraceLayout.HEADER_SIZE, length));
    }
}
