package io.obd.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.block.BlockStore;
import io.obd.image.ImageConfig;
import io.obd.image.ImageConfig.Lower;
import io.obd.image.ImageConfig.Upper;
import io.obd.image.ImageOpener;
import io.obd.linux.SparseFile;
import io.obd.lsmt.LayeredImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** Images and what is on their disks. */
final class Disks {
    private static final int STEP = 1 << 20;

    private Disks() {}

    /** Where a disk may hold something: the first byte at or after {@code from}, negative if there is none. */
    private interface Content {
        long next(long from) throws IOException;
    }

    /** Writes the configuration of an image whose layers are files. */
    static Path config(Path file, List<Path> lowers, Path data, Path index) throws IOException {
        config("", lowers.stream().map(Path::toString).map(Lower::file).toList(), data, index)
                .write(file);
        return file;
    }

    /** The configuration of an image with a writable layer. */
    static ImageConfig config(String blobsUrl, List<Lower> lowers, Path data, Path index) {
        Upper upper = new Upper(index.toString(), data.toString(), 0);
        return new ImageConfig(blobsUrl, lowers, "").withUpper(upper);
    }

    /** Opens an image whose layers are files. */
    static LayeredImage open(Path config) throws IOException {
        return new ImageOpener((url, digest, size) -> {
                    throw new IOException("nothing is remote here");
                })
                .open(ImageConfig.read(config));
    }

    /** Fails unless an image is the same as a raw disk, byte by byte. */
    static void assertSame(LayeredImage image, Path raw) throws IOException {
        try (RawDisk disk = RawDisk.open(raw);
                SparseFile holes = SparseFile.open(raw)) {
            assertSame(image, image::nextData, disk, holes::nextData);
        }
    }

    /** Writes what an image holds to a new file that can be mounted. */
    static void copy(LayeredImage image, Path raw) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocateDirect(STEP);
        try (FileChannel file = FileChannel.open(raw, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (long at = image.nextData(0); at < image.size(); at = image.nextData(at + bytes.limit())) {
                image.read(at, bytes.clear().limit((int) Math.min(STEP, image.size() - at)));
                file.write(bytes.flip(), at);
            }
            file.write(ByteBuffer.allocate(1), image.size());
        }
    }

    /** Fails unless two images are the same, byte by byte. */
    static void assertSame(LayeredImage one, LayeredImage other) throws IOException {
        assertSame(one, one::nextData, other, other::nextData);
    }

    private static void assertSame(BlockStore one, Content inOne, BlockStore other, Content inOther)
            throws IOException {
        assertThat(one.size()).isEqualTo(other.size());
        ByteBuffer a = ByteBuffer.allocateDirect(STEP);
        ByteBuffer b = ByteBuffer.allocateDirect(STEP);
        for (long at = 0; at < one.size(); at += STEP) {
            at = Math.min(next(inOne, at, one.size()), next(inOther, at, one.size()));
            int length = (int) Math.min(STEP, one.size() - at);
            if (length > 0) {
                one.read(at, a.clear().limit(length));
                other.read(at, b.clear().limit(length));
                int difference = a.flip().mismatch(b.flip());
                assertThat(difference).as("first difference after byte %d", at).isNegative();
            }
        }
    }

    private static long next(Content content, long from, long size) throws IOException {
        long next = content.next(from);
        return next < 0 ? size : next;
    }
}
