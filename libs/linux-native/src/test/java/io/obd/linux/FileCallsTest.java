package io.obd.linux;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileCallsTest {
    @TempDir
    Path dir;

    @Test
    void statxTellsWhatTheJdkTells() throws IOException {
        Path file = Files.writeString(dir.resolve("größe"), "x".repeat(10_000));
        Files.createLink(dir.resolve("link"), file);

        Statx statx = Statx.of(file);

        assertThat(statx.size()).isEqualTo(10_000);
        assertThat(statx.nlink()).isEqualTo(2);
        assertThat(statx.bytesUsed()).isGreaterThanOrEqualTo(10_000);
        assertThat(statx.ino()).isEqualTo(Files.getAttribute(file, "unix:ino"));
        assertThat(statx.mode()).isEqualTo(Files.getAttribute(file, "unix:mode"));
        assertThat(statx.uid()).isEqualTo(Integer.toUnsignedLong((int) Files.getAttribute(file, "unix:uid")));
        assertThat(statx.mtime())
                .isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(60));
        assertThat(Statx.of(Path.of("/dev/null")).rdev()).hasToString("1:3");
    }

    @Test
    void statxDoesNotFollowLinks() throws IOException {
        Path link = Files.createSymbolicLink(dir.resolve("link"), Path.of("nowhere"));

        assertThat(Statx.of(link).size()).isEqualTo("nowhere".length());
        assertThatThrownBy(() -> Statx.of(dir.resolve("missing")))
                .isInstanceOf(ErrnoException.class)
                .hasMessage("statx " + dir.resolve("missing") + ": ENOENT (no such file or directory)");
    }

    @Test
    void attributesAreSetListedReadAndRemoved() throws IOException {
        RootOnly.require();
        Xattrs xattrs = new Xattrs();
        Path link = Files.createSymbolicLink(dir.resolve("link"), Path.of("nowhere"));

        xattrs.set(link, "trusted.one", "value".getBytes(UTF_8));
        xattrs.set(link, "trusted.empty", new byte[0]);

        assertThat(xattrs.names(link)).contains("trusted.one".getBytes(UTF_8), "trusted.empty".getBytes(UTF_8));
        assertThat(xattrs.get(link, "trusted.one")).contains("value".getBytes(UTF_8));
        assertThat(xattrs.get(link, "trusted.empty")).contains(new byte[0]);
        xattrs.remove(link, "trusted.one");
        assertThat(xattrs.get(link, "trusted.one")).isEmpty();
    }

    /** Attributes and targets too are those of the file with that name, byte by byte. */
    @Test
    void namesThatAreNoTextAreKept() throws IOException {
        FileNodes nodes = new FileNodes();
        byte[] name = "caf\u00e9".getBytes(ISO_8859_1);
        Path link = FileNodes.resolve(dir, name);
        nodes.symlink(name, link);
        Path directory = Files.createDirectory(FileNodes.resolve(dir, "d\u00e9".getBytes(ISO_8859_1)));

        assertThat(FileNodes.name(link)).isEqualTo(name);
        assertThat(FileNodes.name(directory)).isEqualTo("d\u00e9".getBytes(ISO_8859_1));
        assertThat(nodes.readLink(link)).isEqualTo(name);
        new Xattrs().set(directory, "user.a", name);
        assertThat(new Xattrs().get(directory, "user.a".getBytes(UTF_8))).contains(name);
    }

    @Test
    void aRawFileReadsAndWritesFromTheBuffersPosition() throws IOException {
        Path file = Files.writeString(dir.resolve("file"), "");
        try (RawFile raw = RawFile.open(file, RawFile.READ_WRITE)) {
            ByteBuffer out = ByteBuffer.allocateDirect(8);
            out.put("..hello.".getBytes(UTF_8)).position(2).limit(7);

            assertThat(raw.write(out)).isEqualTo(5);
            assertThat(out.remaining()).isZero();
        }
        assertThat(file).hasContent("hello");
        try (RawFile raw = RawFile.open(file, RawFile.READ_ONLY)) {
            ByteBuffer in = ByteBuffer.allocateDirect(8).position(2);

            assertThat(raw.read(in)).isEqualTo(5);
            assertThat(in.position()).isEqualTo(7);
            assertThat(in.get(2)).isEqualTo((byte) 'h');
            assertThat(raw.read(in)).isZero();
        }
        assertThatThrownBy(() -> RawFile.open(dir.resolve("missing"), RawFile.READ_ONLY))
                .hasMessageStartingWith("open " + dir.resolve("missing") + ": ENOENT");
    }
}
