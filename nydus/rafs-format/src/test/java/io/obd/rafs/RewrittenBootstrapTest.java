package io.obd.rafs;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.rafs.data.GoldenImage;
import java.io.IOException;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What was read from a bootstrap is written again, and the golden ones of the originals come out as they were. Those of
 * version 5 that were made of tars have device numbers -1 at files that are no devices, and that of tarfs the compressor of
 * chunk information that it has not: these are left out.
 */
class RewrittenBootstrapTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "v5-lz4_block/base.boot",
                "v5-layered/l2.boot",
                "v5-layered/l3.boot",
                "v5-none/base.boot",
                "v5-opt-prefetch-aligned/base.boot",
                "v5-zstd/base.boot",
                "v6-none/base.boot",
                "v6-lz4_block/base.boot",
                "v6-zstd/base.boot",
                "v6-opt-batch/base.boot",
                "v6-opt-chunk64k/base.boot",
                "v6-opt-prefetch/base.boot",
                "v6-opt-repeatable/base.boot",
                "v6-layered/l1.boot",
                "v6-layered/l2.boot",
                "v6-layered/l3.boot",
                "v6-merge/merged.boot",
                "v6-overlayfs/l2.boot",
                "v6-chunkdict/l2.boot",
                "v6-targzref/base.boot",
            })
    void aBootstrapIsWrittenAsTheOriginalDoes(String name) throws IOException {
        Bootstrap image = GoldenImage.load(name);

        assertThat(rewritten(image, image.blobs())).isEqualTo(Files.readAllBytes(GoldenImage.file(name)));
    }

    /** It does not know the identity of the blob that it is part of. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "v6-merge/bs/51645562b06e22974c0231de34ccdee92a26e4478aaa78f4e428b55dc17fb576",
                "v6-merge/bs/5ca606da9af89a803e72e39004c587303a89ef7268502f823f76f8e529be8627",
                "v6-merge/bs/b49454ea575205e821a5c12e56fd693944f8a3929cc72d43f136a6db8c8b32e0",
            })
    void theBootstrapOfALayerIsWrittenAsTheOriginalDoes(String name) throws IOException {
        Bootstrap image = GoldenImage.load(name);
        List<BlobInfo> blobs = List.of(image.blobs().getFirst().withId(BootstrapWriter.OWN_BLOB));

        assertThat(rewritten(image, blobs)).isEqualTo(Files.readAllBytes(GoldenImage.file(name)));
    }

    private static byte[] rewritten(Bootstrap image, List<BlobInfo> blobs) throws IOException {
        Node root = Node.copyOf(image);
        Map<Inode, Node> copies = new HashMap<>();
        match(image.root(), root, copies);
        ImageFormat format = new ImageFormat(
                image.version(),
                image.flags().compressor(),
                image.flags().digester(),
                image.chunkSize(),
                image.flags().hasOwners());
        List<Node> prefetch = image.prefetch().stream().map(copies::get).toList();
        return new BootstrapWriter(format).write(root, blobs, prefetch).array();
    }

    private static void match(Inode inode, Node copy, Map<Inode, Node> copies) {
        copies.put(inode, copy);
        for (Inode.Entry entry : inode.entries()) {
            match(entry.inode(), Objects.requireNonNull(copy.child(entry.name())), copies);
        }
    }
}
