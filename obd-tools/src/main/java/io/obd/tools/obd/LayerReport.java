package io.obd.tools.obd;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.obd.block.BlobReader;
import io.obd.block.CorruptBlobException;
import io.obd.lsmt.FileHeader;
import io.obd.lsmt.Layer;
import io.obd.lsmt.UnsupportedLayerException;
import io.obd.lsmt.blob.TarWrapper;
import io.obd.lsmt.blob.ZFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one file.
 *
 * @param file path, URL or digest
 * @param size bytes as stored
 * @param digest of the stored bytes
 * @param kind what it is
 * @param tarWrapper whether a tar is around it
 * @param compression null if it is not compressed
 * @param layer null if it is none
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record LayerReport(
        String file,
        long size,
        @Nullable String digest,
        String kind,
        boolean tarWrapper,
        @Nullable Compression compression,
        @Nullable LayerFacts layer) {
    private static final int LABEL = 14;
    private static final String TURBO_OCI = "TurboOCI layer, the content of its files is in the original layer";

    /**
     * A ZFile.
     *
     * @param size bytes when decompressed
     * @param ratio how many of them a stored byte stands for
     */
    record Compression(String algorithm, int blockSize, int blocks, boolean checksums, long size, double ratio) {}

    /**
     * An LSMT file.
     *
     * @param segments null where only the header was read: of half of a writable layer, or without the original one
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record LayerFacts(
            long virtualSize,
            String uuid,
            String parentUuid,
            String userTag,
            @Nullable Integer segments,
            @Nullable Long dataSize,
            @Nullable Long zeroedSize) {

        static LayerFacts of(FileHeader header) {
            return new LayerFacts(
                    header.virtualSize(),
                    header.uuid().toString(),
                    header.parentUuid().toString(),
                    header.userTag(),
                    null,
                    null,
                    null);
        }

        static LayerFacts of(Layer layer) {
            return new LayerFacts(
                    layer.virtualSize(),
                    layer.uuid().toString(),
                    layer.parentUuid().toString(),
                    layer.userTag(),
                    layer.segments(),
                    layer.dataSize(),
                    layer.zeroedSize());
        }
    }

    /** Something that is not looked into. */
    static LayerReport other(String file, long size, String kind) {
        return new LayerReport(file, size, null, kind, false, null, null);
    }

    /**
     * Looks at a blob.
     *
     * @param blob stays open
     * @throws CorruptBlobException if it is damaged
     */
    static LayerReport of(String file, BlobReader blob) throws IOException {
        BlobReader payload = TarWrapper.unwrap(blob);
        boolean wrapped = !payload.equals(blob);
        Compression compression = null;
        BlobReader stream = payload;
        if (ZFile.isPresent(payload)) {
            ZFile zfile = ZFile.open(payload);
            stream = zfile;
            compression = new Compression(
                    zfile.codec().name().toLowerCase(Locale.ROOT),
                    zfile.blockSize(),
                    zfile.blocks(),
                    zfile.hasChecksums(),
                    zfile.size(),
                    Math.round(100.0 * zfile.size() / payload.size()) / 100.0);
        }
        FileHeader header = FileHeader.read(stream).orElse(null);
        if (header == null) {
            String kind = compression == null ? "no overlaybd file" : "compressed file (ZFile), no layer";
            return new LayerReport(file, blob.size(), null, kind, wrapped, compression, null);
        }
        String kind = header.kind().toString();
        LayerFacts facts = LayerFacts.of(header);
        if (header.kind().isReadOnly()) {
            try {
                facts = LayerFacts.of(Layer.open(stream));
            } catch (UnsupportedLayerException e) {
                kind = TURBO_OCI;
            }
        }
        return new LayerReport(file, blob.size(), null, kind, wrapped, compression, facts);
    }

    LayerReport withDigest(String newDigest) {
        return new LayerReport(
                file, size, newDigest.isEmpty() ? null : newDigest, kind, tarWrapper, compression, layer);
    }

    /** A line for people. */
    static String line(String label, String value) {
        return String.format("%-" + LABEL + "s%s", label + ":", value);
    }

    /** All of it for people. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(line("file", file));
        lines.add(line("kind", kind));
        lines.add(line("size", bytes(size)));
        if (digest != null) {
            lines.add(line("digest", digest));
        }
        if (tarWrapper) {
            lines.add(line("wrapper", "tar"));
        }
        if (compression != null) {
            lines.add(line(
                    "compression",
                    compression.algorithm() + ", " + compression.blocks() + " blocks of " + compression.blockSize()
                            + (compression.checksums() ? ", with checksums" : ", without checksums")));
            lines.add(line("ratio", compression.ratio() + " (" + bytes(compression.size()) + " uncompressed)"));
        }
        if (layer != null) {
            addLayer(layer, lines);
        }
        return lines;
    }

    private static void addLayer(LayerFacts layer, List<String> lines) {
        lines.add(line(
                "virtual size", layer.virtualSize() == 0 ? "that of the layers below" : bytes(layer.virtualSize())));
        lines.add(line("uuid", layer.uuid()));
        lines.add(line("parent uuid", layer.parentUuid()));
        if (!layer.userTag().isEmpty()) {
            lines.add(line("user tag", layer.userTag()));
        }
        if (layer.segments() != null && layer.dataSize() != null && layer.zeroedSize() != null) {
            lines.add(line("segments", String.valueOf(layer.segments())));
            lines.add(line("data", bytes(layer.dataSize())));
            lines.add(line("zeros", bytes(layer.zeroedSize())));
        }
    }

    private static String bytes(long count) {
        return count < 1 << 20
                ? count + " bytes"
                : String.format(Locale.ROOT, "%d bytes (%.1f MiB)", count, count / (double) (1 << 20));
    }
}
