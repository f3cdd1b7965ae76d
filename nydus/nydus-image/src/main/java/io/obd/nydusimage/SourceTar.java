package io.obd.nydusimage;

import io.obd.block.BulkInputStream;
import io.obd.block.StreamCompression;
import io.obd.linux.Reason;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** A tar in a file, decompressed. What is wrong is told with the file and the place: decompressors know neither. */
final class SourceTar extends BulkInputStream {
    private static final int BUFFER = 1 << 20;

    private final Path path;
    private final InputStream file;
    private final InputStream tar;
    private final boolean isCompressed;
    private long position;

    private SourceTar(Path path, InputStream file, boolean isCompressed) throws IOException {
        this.path = path;
        this.file = file;
        this.isCompressed = isCompressed;
        this.tar = open();
    }

    static SourceTar open(Path path) throws IOException {
        BufferedInputStream file = new BufferedInputStream(Files.newInputStream(path), BUFFER);
        try {
            file.mark(StreamCompression.MAGIC);
            byte[] magic = file.readNBytes(StreamCompression.MAGIC);
            file.reset();
            return new SourceTar(path, file, StreamCompression.of(magic) != StreamCompression.NONE);
        } catch (IOException e) {
            file.close();
            throw e;
        }
    }

    private InputStream open() throws IOException {
        try {
            return isCompressed ? StreamCompression.decompress(file) : file;
        } catch (IOException e) {
            throw broken(e);
        }
    }

    @Override
    public int read(byte[] dst, int offset, int length) throws IOException {
        try {
            int n = tar.read(dst, offset, length);
            position += Math.max(n, 0);
            return n;
        } catch (IOException e) {
            throw broken(e);
        }
    }

    private IOException broken(IOException e) {
        if (!isCompressed) {
            return new IOException(path + ": at byte " + position + ": " + Reason.of(e), e);
        }
        String problem = e instanceof EOFException
                ? "the compressed data ends too early"
                : "the compressed data is damaged: " + Reason.of(e);
        return new IOException(path + ": " + problem + ", after " + position + " bytes of the tar", e);
    }

    @Override
    public void close() throws IOException {
        try (file) {
            tar.close();
        }
    }
}
