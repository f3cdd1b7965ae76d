package io.obd.fs.tar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.fs.tar.TarEntry.Segment;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class LayerTarTest {

    @Test
    void paxRecordsOverrideTheHeader() throws Exception {
        TarEntry entry = only(new TarBuilder()
                .pax(
                        'x',
                        "path",
                        "a/päth",
                        "uid",
                        "3000000",
                        "gid",
                        "4000000",
                        "mtime",
                        "-1.25",
                        "atime",
                        "7.000000001")
                .file("short", "")
                .build());

        assertThat(entry.name()).isEqualTo(ByteString.of("a/päth"));
        assertThat(entry.uid()).isEqualTo(3_000_000);
        assertThat(entry.gid()).isEqualTo(4_000_000);
        assertThat(entry.modified()).isEqualTo(Instant.ofEpochSecond(-2, 750_000_000));
        assertThat(entry.accessed()).isEqualTo(Instant.ofEpochSecond(7, 1));
    }

    @Test
    void globalRecordsHoldForNothing() throws Exception {
        List<TarEntry> entries = all(new TarBuilder()
                .pax('g', "uid", "7", "gid", "8")
                .file("a", "")
                .pax('x', "uid", "9")
                .file("b", "")
                .file("c", "")
                .build());

        assertThat(entries).extracting(TarEntry::uid).containsExactly(0L, 9L, 0L);
        assertThat(entries).extracting(TarEntry::gid).containsExactly(0L, 0L, 0L);
    }

    @Test
    void valuesOfAttributesAreAnyBytes() throws Exception {
        TarEntry entry = only(new TarBuilder()
                .pax('x', "SCHILY.xattr.user.a", "x=\n\0y", "SCHILY.xattr.user.empty", "")
                .file("f", "")
                .build());

        assertThat(entry.xattrs())
                .containsEntry(ByteString.of("user.a"), ByteString.of("x=\n\0y"))
                .containsEntry(ByteString.of("user.empty"), ByteString.EMPTY);
    }

    @Test
    void gnuLongNamesAndLinksAreTaken() throws Exception {
        String name = "n".repeat(300);
        String target = "t".repeat(400);
        TarEntry entry = only(new TarBuilder()
                .entry("././@LongLink", 'L', "", 301)
                .data((name + "\0").getBytes(StandardCharsets.US_ASCII))
                .entry("././@LongLink", 'K', "", 401)
                .data((target + "\0").getBytes(StandardCharsets.US_ASCII))
                .symlink("short", "short")
                .build());

        assertThat(entry.name()).hasToString(name);
        assertThat(entry.linkName()).hasToString(target);
    }

    @Test
    void anOldGnuSparseFileHasItsPieces() throws Exception {
        TarBuilder tar = new TarBuilder();
        byte[] header = tar.header("sparse", 'S', "");
        TarBuilder.put(header, TarHeaderLayout.SIZE, "%011o".formatted(5 * 512));
        for (int i = 0; i < 4; i++) {
            putPiece(header, TarHeaderLayout.GNU_SPARSE + i * 24, i * 10_000L, 512);
        }
        header[TarHeaderLayout.GNU_EXTENDED] = 1;
        TarBuilder.put(header, TarHeaderLayout.GNU_REAL_SIZE, "%011o".formatted(100_000));
        byte[] more = new byte[TarHeaderLayout.BLOCK];
        putPiece(more, 0, 40_000, 512);
        putPiece(more, 24, 100_000, 0);
        TarEntry entry = only(tar.block(header).raw(more).raw(new byte[5 * 512]).build());

        assertThat(entry.size()).isEqualTo(100_000);
        assertThat(entry.segments())
                .containsExactly(
                        new Segment(0, 512),
                        new Segment(10_000, 512),
                        new Segment(20_000, 512),
                        new Segment(30_000, 512),
                        new Segment(40_000, 512));
    }

    @Test
    void aSizeOfMoreThan8GibIsInBase256() throws Exception {
        long size = 9L << 30;
        TarBuilder tar = new TarBuilder();
        byte[] header = tar.header("large", '0', "");
        header[TarHeaderLayout.SIZE] = (byte) 0x80;
        for (int i = 0; i < 8; i++) {
            header[TarHeaderLayout.SIZE + 4 + i] = (byte) (size >>> (56 - 8 * i));
        }
        LayerTar layer = new LayerTar(new ByteArrayInputStream(tar.block(header).unfinished()));

        assertThat(layer.next()).extracting(TarEntry::size).isEqualTo(size);
        assertThatThrownBy(layer::next).isInstanceOf(LayerTarException.class).hasMessageContaining("the tar ends");
    }

    @Test
    void aTimeBefore1970IsInBase256() throws Exception {
        TarBuilder tar = new TarBuilder();
        byte[] header = tar.header("old", '0', "");
        Arrays.fill(header, TarHeaderLayout.MTIME, TarHeaderLayout.MTIME + 12, (byte) 0xFF);

        assertThat(only(tar.block(header).build()).modified()).isEqualTo(Instant.ofEpochSecond(-1));
    }

    @Test
    void aSlashMakesADirectoryOnlyWhereThereIsNoType() throws Exception {
        byte[] tar = new TarBuilder()
                .entry("old/", '\0', "", 0)
                .file("foo/", "abc")
                .file("bar", "x")
                .build();

        assertThat(all(tar))
                .extracting(TarEntry::type)
                .containsExactly(TarEntry.Type.DIRECTORY, TarEntry.Type.FILE, TarEntry.Type.FILE);
    }

    @Test
    void theUstarPrefixIsPartOfTheName() throws Exception {
        TarBuilder tar = new TarBuilder();
        byte[] header = tar.header("name", '0', "");
        TarBuilder.put(header, TarHeaderLayout.PREFIX, "some/prefix");

        assertThat(only(tar.block(header).build()).name()).isEqualTo(ByteString.of("some/prefix/name"));
    }

    @Test
    void aTarMayEndWithoutZeroBlocks() throws Exception {
        assertThat(all(new TarBuilder().file("a", "x").file("b", "y").unfinished()))
                .hasSize(2);
    }

    @Test
    void aTarMayEndWithTheLastByteOfAFile() throws Exception {
        byte[] tar = new TarBuilder().file("a", "x").file("b", "content").unfinished();

        assertThat(all(Arrays.copyOf(tar, 1024 + 512 + "content".length()))).hasSize(2);
    }

    @Test
    void aTruncatedTarNamesTheEntryAndTheOffset() {
        byte[] tar =
                new TarBuilder().file("first", "x").file("second", "content").unfinished();

        assertThatThrownBy(() -> all(Arrays.copyOf(tar, 1024 + 512 + 3)))
                .isInstanceOf(LayerTarException.class)
                .hasMessage("layer tar: entry second at byte 1024: the tar ends at byte 1539 inside of it");
        assertThatThrownBy(() -> all(Arrays.copyOf(tar, 1024 + 100)))
                .hasMessage("layer tar: at byte 1024: the tar ends at byte 1124 inside of it");
    }

    @Test
    void aWrongChecksumIsRefused() {
        byte[] tar = new TarBuilder().file("a", "x").build();
        tar[0] = 'b';

        assertThatThrownBy(() -> all(tar))
                .isInstanceOf(LayerTarException.class)
                .hasMessageContaining("at byte 0: damaged header: its checksum is");
    }

    @Test
    void whatIsNoTarIsRefusedWithTheTextThatIsNoNumber() {
        byte[] text = "this is no tar at all".repeat(100).getBytes(StandardCharsets.US_ASCII);

        assertThatThrownBy(() -> all(text))
                .hasMessage("layer tar: at byte 0: damaged header: 'his is n' is no octal number");
    }

    @Test
    void anExtensionWithoutLimitIsRefused() {
        byte[] tar = new TarBuilder().entry("pax", 'x', "", 1L << 32).unfinished();

        assertThatThrownBy(() -> all(tar)).hasMessageContaining("an extension of 4294967296 bytes");
    }

    @Test
    void overlappingPiecesAreRefused() {
        byte[] tar = new TarBuilder()
                .pax('x', "GNU.sparse.map", "0,512,256,512", "GNU.sparse.size", "4096")
                .entry("s", '0', "", 1024)
                .data(new byte[1024])
                .build();

        assertThatThrownBy(() -> all(tar)).hasMessageContaining("a sparse piece of 512 bytes at 256 behind 512");
    }

    @Test
    void anUnknownTypeIsRefusedByName() {
        assertThatThrownBy(() -> all(new TarBuilder().entry("dump", 'D', "", 0).build()))
                .hasMessageContaining("entry dump at byte 0: damaged header: type 0x44");
    }

    /** Whatever the bytes are, reading ends, and if it fails then in the way that is declared. */
    @Property(tries = 500)
    void damagedTarsFailInOrder(@ForAll long seed) throws Exception {
        Random random = new Random(seed);
        byte[] tar = new TarBuilder()
                .pax('x', "path", "p", "mtime", "1.5", "GNU.sparse.map", "0,3,10,4", "GNU.sparse.size", "20")
                .file("f", "content")
                .pax('g', "uid", "1")
                .hardLink("l", "f")
                .build();
        for (int i = random.nextInt(8); i >= 0; i--) {
            tar[random.nextInt(tar.length)] = (byte) random.nextInt(256);
        }
        TarBuilder repaired = new TarBuilder();
        for (int at = 0; at < tar.length; at += TarHeaderLayout.BLOCK) {
            byte[] block = Arrays.copyOfRange(tar, at, at + TarHeaderLayout.BLOCK);
            if (random.nextBoolean() && block[TarHeaderLayout.MAGIC] == 'u') {
                repaired.block(block);
            } else {
                repaired.raw(block);
            }
        }
        try {
            all(repaired.unfinished());
        } catch (LayerTarException e) {
            assertThat(e).hasMessageStartingWith("layer tar: ");
        }
    }

    private static void putPiece(byte[] block, int at, long offset, long length) {
        TarBuilder.put(block, at, "%011o".formatted(offset));
        TarBuilder.put(block, at + 12, "%011o".formatted(length));
    }

    private static TarEntry only(byte[] tar) throws IOException {
        List<TarEntry> entries = all(tar);
        assertThat(entries).hasSize(1);
        return entries.getFirst();
    }

    private static List<TarEntry> all(byte[] tar) throws IOException {
        LayerTar layer = new LayerTar(new ByteArrayInputStream(tar));
        List<TarEntry> entries = new ArrayList<>();
        for (TarEntry entry = layer.next(); entry != null; entry = layer.next()) {
            entries.add(entry);
        }
        return entries;
    }
}
