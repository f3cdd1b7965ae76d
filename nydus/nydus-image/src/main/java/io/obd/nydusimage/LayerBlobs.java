package io.obd.nydusimage;

import io.obd.fs.tar.ByteString;
import io.obd.rafs.BlobContents;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.ChunkInfoTable;
import io.obd.rafs.Digester;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** What is known of the blobs of layers beside what their bootstraps say: lists with a value for each layer. */
final class LayerBlobs {
    @Spec(Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec command;

    @Option(
            names = "--blob-digests",
            split = ",",
            description = "SHA-256 of each layer's blob; of one that refers to a tar, of the blob that was written")
    private List<String> digests = List.of();

    @Option(names = "--original-blob-ids", split = ",", description = "identity of each layer's blob")
    private List<String> ids = List.of();

    @Option(names = "--blob-sizes", split = ",", description = "bytes of each layer's blob, likewise")
    private List<Long> sizes = List.of();

    @Option(names = "--blob-toc-digests", split = ",", description = "SHA-256 of each blob's table of contents")
    private List<String> contentsDigests = List.of();

    @Option(names = "--blob-toc-sizes", split = ",", description = "bytes of it, its tar header included")
    private List<Integer> contentsSizes = List.of();

    /** Checks that the lists have a value for each of so many layers. */
    void check(int layers) {
        check("--blob-digests", digests, layers);
        check("--original-blob-ids", ids, layers);
        check("--blob-sizes", sizes, layers);
        check("--blob-toc-digests", contentsDigests, layers);
        check("--blob-toc-sizes", contentsSizes, layers);
        digests.forEach(digest -> sha256("--blob-digests", digest));
        contentsDigests.forEach(digest -> sha256("--blob-toc-digests", digest));
        for (String id : ids) {
            if (!id.strip().matches("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")) {
                throw misuse("--original-blob-ids: '" + id + "' is no identity of a blob");
            }
        }
        if (sizes.stream().anyMatch(size -> size < 0) || contentsSizes.stream().anyMatch(size -> size < 0)) {
            throw misuse("a blob or a table of contents of less than no bytes");
        }
    }

    private void check(String option, List<?> values, int layers) {
        if (!values.isEmpty() && values.size() != layers) {
            throw misuse(option + " has " + values.size() + " values for " + layers + " layers");
        }
    }

    private ByteString sha256(String option, String digest) {
        try {
            byte[] bytes = HexFormat.of().parseHex(digest.strip());
            if (bytes.length == Digester.LENGTH) {
                return ByteString.copyOf(bytes);
            }
            throw misuse(option + ": '" + digest + "' is no SHA-256");
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command.commandLine(), option + ": '" + digest + "' is no SHA-256", e);
        }
    }

    private ParameterException misuse(String message) {
        return new ParameterException(command.commandLine(), message);
    }

    /** What is known of the blob of a layer. */
    BlobInfo apply(int layer, BlobInfo blob) {
        boolean separate = blob.features().isSeparate();
        String id = blob.id();
        long size = blob.compressedSize();
        Optional<ChunkInfoTable> chunkInfo = blob.chunkInfo();
        if (!ids.isEmpty()) {
            id = ids.get(layer).strip();
        }
        if (!digests.isEmpty()) {
            String digest = digests.get(layer).strip();
            if (separate) {
                chunkInfo = chunkInfo.map(table -> in(table, digest, table.blobSize()));
            } else {
                id = digest;
            }
        }
        if (!sizes.isEmpty()) {
            long stated = sizes.get(layer);
            if (separate) {
                chunkInfo = chunkInfo.map(table -> in(table, table.blobId(), stated));
            } else {
                size = stated;
            }
        }
        return new BlobInfo(
                blob.index(),
                id,
                blob.features(),
                blob.compressor(),
                blob.digester(),
                blob.chunkCount(),
                blob.chunkSize(),
                size,
                blob.uncompressedSize(),
                blob.readAhead(),
                chunkInfo,
                contents(layer, blob.contents()));
    }

    /** Either list may be missing: of layers that are referred to, the originals' converter gives digests only. */
    private Optional<BlobContents> contents(int layer, Optional<BlobContents> known) {
        if (contentsDigests.isEmpty() && contentsSizes.isEmpty()) {
            return known;
        }
        int size = contentsSizes.isEmpty() ? known.map(BlobContents::size).orElse(0) : contentsSizes.get(layer);
        ByteString digest = contentsDigests.isEmpty()
                ? known.map(BlobContents::sha256).orElse(ByteString.copyOf(new byte[Digester.LENGTH]))
                : sha256("--blob-toc-digests", contentsDigests.get(layer));
        return Optional.of(new BlobContents(size, digest));
    }

    private static ChunkInfoTable in(ChunkInfoTable table, String blobId, long blobSize) {
        return new ChunkInfoTable(
                blobId, blobSize, table.offset(), table.compressedSize(), table.uncompressedSize(), table.compressor());
    }
}
