package io.obd.nydusimage;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.rafs.BlobInfo;
import io.obd.rafs.Bootstrap;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReferenceTest {
    private static final String LAYER = "d3806b3bbda7b024aa68e31b4127d5cbc0ca191bc6b1805e5d781aa448a77fd4";
    private static final String TAR = "59ba604a323a18bbd56000dfe4106a7089e49c7092d9ed5182050a96a3857c3e";
    private static final int CI_COMPRESSOR = 4096 + 108;
    private static final int CHUNK_TABLE = 16384;

    @TempDir
    private Path directory;

    private Path bootstrap = Path.of("");

    @BeforeEach
    void name() {
        bootstrap = directory.resolve("image.boot");
    }

    @Test
    void aLayerInGzipIsReferredToAsTheOriginalDoesIt() throws IOException {
        Files.copy(Command.golden("blobs/" + LAYER), directory.resolve(LAYER));

        Command create = create("targz-ref", Command.golden("blobs/" + LAYER));

        assertThat(create.exitCode()).as(create.err()).isZero();
        BlobInfo blob = Bootstrap.load(bootstrap).blobs().getFirst();
        BlobInfo theirs =
                Bootstrap.load(Command.golden("v6-targzref/base.boot")).blobs().getFirst();
        assertThat(blob.id()).isEqualTo(LAYER);
        assertThat(blob.features()).isEqualTo(theirs.features());
        assertThat(blob.chunkCount()).isEqualTo(theirs.chunkCount());
        assertThat(blob.compressedSize()).isEqualTo(theirs.compressedSize());
        assertThat(blob.uncompressedSize()).isEqualTo(theirs.uncompressedSize());
        assertThat(Command.sha256(
                        directory.resolve(blob.chunkInfo().orElseThrow().blobId())))
                .isEqualTo(blob.chunkInfo().orElseThrow().blobId());
        assertThat(listing(bootstrap)).isEqualTo(listing(Command.golden("v6-targzref/base.boot")));
        assertReadable();
    }

    /** Every inode and chunk, without where it is in the layer: cuts need not be those of the original. */
    private static List<String> listing(Path image) {
        return Command.run("check", "-v", image.toString())
                .out()
                .lines()
                .filter(line -> !line.startsWith("\t 0:"))
                .map(line -> line.replaceAll("compressed \\d+/\\d+, un", "un"))
                .toList();
    }

    private void assertReadable() {
        Command check = Command.run("check", "-D", directory.toString(), bootstrap.toString());
        assertThat(check.exitCode()).as(check.err()).isZero();
    }

    @Test
    void aLayerOfSeveralMembersIsReferredTo() throws IOException {
        byte[] tar = tar();
        ByteArrayOutputStream members = new ByteArrayOutputStream();
        for (int at = 0; at < tar.length; at += 100_000) {
            gzip(members, Arrays.copyOfRange(tar, at, Math.min(at + 100_000, tar.length)));
        }
        Path layer = Files.write(directory.resolve("layer"), members.toByteArray());
        Files.copy(layer, directory.resolve(Command.sha256(layer)));

        Command create = create("targz-ref", layer, "--chunk-size", "0x10000");

        assertThat(create.exitCode()).as(create.err()).isZero();
        assertReadable();
    }

    @Test
    void aLayerThatIsNotCompressedIsReferredTo() throws IOException {
        Path layer = Files.write(directory.resolve("layer"), tar());
        Files.copy(layer, directory.resolve(Command.sha256(layer)));

        Command create = create("targz-ref", layer);

        assertThat(create.exitCode()).as(create.err()).isZero();
        assertThat(Bootstrap.load(bootstrap).blobs().getFirst().features().isZran())
                .isFalse();
        assertReadable();
    }

    @Test
    void aBlobWithItsBootstrapIsMergedIntoAnImage() throws IOException {
        Path blob = directory.resolve("ref.rafs");
        Command create = Command.run(
                "create",
                "--log-level",
                "warn",
                "--type",
                "targz-ref",
                "--blob-inline-meta",
                "--features",
                "blob-toc",
                "--blob",
                blob.toString(),
                golden("blobs/" + LAYER));
        assertThat(create.exitCode()).as(create.err()).isZero();
        String id = Command.sha256(blob);
        Files.copy(Command.golden("blobs/" + LAYER), directory.resolve(LAYER));
        Files.copy(blob, directory.resolve(id));

        Command merge = Command.run(
                "merge",
                "-B",
                bootstrap.toString(),
                blob.toString(),
                "--blob-digests",
                id,
                "--blob-sizes",
                String.valueOf(Files.size(blob)));

        assertThat(merge.exitCode()).as(merge.err()).isZero();
        BlobInfo merged = Bootstrap.load(bootstrap).blobs().getFirst();
        assertThat(merged.id()).isEqualTo(LAYER);
        assertThat(merged.chunkInfo().orElseThrow().blobId()).isEqualTo(id);
        assertReadable();
    }

    @Test
    void aLayerCanBeReferredToUponAnotherOne() throws IOException {
        Path lower = directory.resolve("lower.boot");
        Path blobs = Files.createDirectory(directory.resolve("blobs"));
        Files.copy(Command.golden("blobs/" + LAYER), blobs.resolve(LAYER));
        Files.copy(Command.golden("blobs/" + TAR), blobs.resolve(TAR));
        assertDone(reference(blobs, lower, LAYER));

        assertDone(reference(blobs, bootstrap, TAR, "--parent-bootstrap", lower.toString()));

        assertDone(Command.run("check", "-D", blobs.toString(), bootstrap.toString()));
        assertThat(Bootstrap.load(bootstrap).blobs()).extracting(BlobInfo::id).containsExactly(LAYER, TAR);
        // The same as one bootstrap of two layers that were built each for itself.
        Path merged = directory.resolve("merged.boot");
        Path upper = directory.resolve("upper.boot");
        assertDone(reference(blobs, upper, TAR));
        assertDone(Command.run("merge", "-B", merged.toString(), lower.toString(), upper.toString()));
        assertThat(names(bootstrap)).isEqualTo(names(merged));
    }

    @Test
    void chunksOfADictionaryAreNotReferredTo() throws IOException {
        Path dictionary = directory.resolve("dictionary.boot");
        Path blobs = Files.createDirectory(directory.resolve("blobs"));
        Files.copy(Command.golden("blobs/" + LAYER), blobs.resolve(LAYER));
        assertDone(reference(blobs, dictionary, LAYER));

        assertDone(reference(blobs, bootstrap, LAYER, "--blob-id", "again", "--chunk-dict", dictionary.toString()));

        assertThat(Bootstrap.load(bootstrap).blobs()).extracting(BlobInfo::id).containsExactly(LAYER);
        assertDone(Command.run("check", "-D", blobs.toString(), bootstrap.toString()));
    }

    @Test
    void anImageThatTheLayerCannotBePutUponIsNamed() {
        Path blake3 = Command.golden("v6-zstd/base.boot");

        Command create = create("targz-ref", Command.golden("blobs/" + LAYER), "--parent-bootstrap", blake3.toString());

        assertThat(create.exitCode()).isEqualTo(1);
        assertThat(create.err()).contains(blake3.toString()).contains("digester");
    }

    private static Command reference(Path blobs, Path image, String layer, String... more) {
        String[] arguments = {
            "create", "--type", "targz-ref", "-D", blobs.toString(), "-B", image.toString(), golden("blobs/" + layer)
        };
        String[] all = Arrays.copyOf(arguments, arguments.length + more.length);
        System.arraycopy(more, 0, all, arguments.length, more.length);
        return Command.run(all);
    }

    private static void assertDone(Command command) {
        assertThat(command.exitCode()).as(command.err()).isZero();
    }

    /** Every file, without the numbers that depend on how the image was put together. */
    private static List<String> names(Path image) {
        return Command.run("check", "-v", image.toString())
                .out()
                .lines()
                .filter(line -> line.startsWith("inode:"))
                .map(line -> line.replaceAll("index 0 ino .* child_count", "child_count"))
                .toList();
    }

    @Test
    void aTarAsADiskIsThatOfTheOriginal() throws IOException {
        Command create = create("tar-tarfs", Command.golden("blobs/" + TAR), "--blob-id", TAR);

        assertThat(create.exitCode()).as(create.err()).isZero();
        assertThat(withoutUnused(bootstrap)).isEqualTo(withoutUnused(Command.golden("v6-tarfs/layer2.boot")));
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactly(bootstrap);
        }
    }

    /**
     * The original leaves the number of a compressor where there is nothing to decompress, and of all chunks one that is
     * of no use.
     */
    private static byte[] withoutUnused(Path image) throws IOException {
        byte[] bytes = Files.readAllBytes(image);
        bytes[CI_COMPRESSOR] = 0;
        Arrays.fill(bytes, CHUNK_TABLE, CHUNK_TABLE + 80, (byte) 0);
        return bytes;
    }

    @Test
    void aLayerThatCannotBeReferredToIsNamedAndNothingIsLeft() throws IOException {
        Path sources = Files.createDirectory(directory.resolve("sources"));
        byte[] gzip = Files.readAllBytes(Command.golden("blobs/" + LAYER));
        Path truncated = Files.write(sources.resolve("truncated"), Arrays.copyOf(gzip, gzip.length - 100_000));
        Path zstd = Files.write(sources.resolve("zstd"), new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0, 0});

        Command create = create("targz-ref", truncated);
        assertThat(create.exitCode()).isEqualTo(1);
        assertThat(create.err()).contains(truncated.toString());
        assertThat(create("targz-ref", zstd).err()).contains("a layer in zstd cannot be referred to");
        assertThat(create("tar-tarfs", Command.golden("blobs/" + LAYER)).err())
                .contains("is compressed: only a tar as it is");
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactly(sources);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tar-tarfs --parent-bootstrap x",
                "tar-tarfs --chunk-dict x",
                "targz-ref --fs-version 5",
                "targz-ref --batch-size 4096",
                "tar-tarfs --blob x",
                "tar-tarfs --features blob-toc",
                "tar-tarfs --aligned-chunk",
            })
    void whatDoesNotGoWithAReferenceIsRefused(String options) {
        String[] words = options.split(" ");

        Command create = create(words[0], Path.of("x"), Arrays.copyOfRange(words, 1, words.length));

        assertThat(create.exitCode()).isEqualTo(2);
        assertThat(create.err()).contains(words[1]).contains(" does not go with --type " + words[0]);
    }

    private Command create(String type, Path source, String... more) {
        String[] arguments = {
            "create", "--type", type, "-D", directory.toString(), "-B", bootstrap.toString(), source.toString()
        };
        String[] all = Arrays.copyOf(arguments, arguments.length + more.length);
        System.arraycopy(more, 0, all, arguments.length, more.length);
        return Command.run(all);
    }

    private static byte[] tar() throws IOException {
        try (GZIPInputStream in = new GZIPInputStream(Files.newInputStream(Command.golden("blobs/" + LAYER)))) {
            return in.readAllBytes();
        }
    }

    private static void gzip(OutputStream out, byte[] content) throws IOException {
        GZIPOutputStream gzip = new GZIPOutputStream(out);
        gzip.write(content);
        gzip.finish();
    }

    private static String golden(String name) {
        return Command.golden(name).toString();
    }
}
