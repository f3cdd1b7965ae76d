package io.obd.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.linux.Errno;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Offsets are written as numbers here, as linux/fuse.h has them. */
class MetadataTest {
    private static final int IN = 40;
    private static final int OUT = 16;

    private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16).order(ByteOrder.nativeOrder());
    private final Directory directory = Directory.EMPTY
            .with(new Node(2, "first", new MemoryFile(new byte[8192], false)))
            .with(new Node(5, "second", new MemoryFile(new byte[512], true)));

    @Test
    void lookupTellsNumberSizeAndType() {
        assertThat(lookup("first")).isEqualTo(128);
        assertThat(buffer.getLong(OUT)).isEqualTo(2);
        assertThat(buffer.getLong(OUT + 40 + 8)).isEqualTo(8192);
        assertThat(buffer.getInt(OUT + 40 + 60)).isEqualTo(0100400);
        assertThat(lookup("third")).isEqualTo(-Errno.ENOENT.number());
        assertThat(Metadata.lookup(directory, buffer, 0)).isEqualTo(-Errno.EPROTO.number());
    }

    private int lookup(String name) {
        byte[] bytes = (name + "\0").getBytes(StandardCharsets.UTF_8);
        buffer.put(IN, bytes);
        return Metadata.lookup(directory, buffer, bytes.length);
    }

    @Test
    void attributesOfTheDirectoryAndOfFiles() {
        assertThat(Metadata.getattr(directory, 1, buffer)).isEqualTo(104);
        assertThat(buffer.getInt(OUT + 16 + 60)).isEqualTo(0040700);
        assertThat(Metadata.getattr(directory, 5, buffer)).isEqualTo(104);
        assertThat(buffer.getInt(OUT + 16 + 60)).isEqualTo(0100600);
        assertThat(Metadata.getattr(directory, 3, buffer)).isEqualTo(-Errno.ESTALE.number());
    }

    @Test
    void aListingGoesOnWhereItStopped() {
        assertThat(readdir(0, 4096)).isEqualTo(32 + 32);
        assertThat(buffer.getLong(OUT)).isEqualTo(2);
        assertThat(buffer.getInt(OUT + 16)).isEqualTo("first".length());
        assertThat(buffer.getInt(OUT + 20)).isEqualTo(8);
        assertThat(buffer.getLong(OUT + 32)).isEqualTo(5);

        assertThat(readdir(0, 40)).isEqualTo(32);
        assertThat(readdir(buffer.getLong(OUT + 8), 40)).isEqualTo(32);
        assertThat(buffer.getLong(OUT)).isEqualTo(5);
        assertThat(readdir(5, 4096)).isZero();
    }

    private int readdir(long offset, int size) {
        buffer.putLong(IN + 8, offset).putInt(IN + 16, size);
        return Metadata.readdir(directory, buffer, 40);
    }

    @Test
    void onlyAWritableFileIsOpenedForWriting() {
        assertThat(open(2, 1)).isEqualTo(-Errno.EROFS.number());
        assertThat(open(2, 0)).isEqualTo(16);
        assertThat(buffer.getInt(OUT + 8)).isEqualTo(32 | 2);
        assertThat(open(5, 2)).isEqualTo(16);
        assertThat(open(4, 0)).isEqualTo(-Errno.ESTALE.number());
    }

    private int open(long id, int flags) {
        buffer.putInt(IN, flags);
        return Metadata.open(directory, id, buffer, 8);
    }
}
