package io.obd.lsmt;

import io.obd.lsmt.blob.ZFileOptions;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a finished layer is called and how it is stored.
 *
 * @param uuid identity of the layer, the nil UUID for none
 * @param parentUuid identity of the layer below; null for that of the source, or none where there is no source
 * @param userTag free text of at most 256 bytes of UTF-8
 * @param zfile how the layer is compressed, null for not at all
 * @param tarWrapper whether the blob is a tar with the layer as its only file
 */
public record LayerOptions(
        UUID uuid,
        @Nullable UUID parentUuid,
        String userTag,
        @Nullable ZFileOptions zfile,
        boolean tarWrapper) {
    /** A layer without name or wrapping. */
    public static final LayerOptions PLAIN = new LayerOptions(LayerHeader.NIL, null, "", null, false);

    /** What registries hold: LZ4 in blocks of 4 KiB, in a tar. */
    public static final LayerOptions COMPRESSED =
            new LayerOptions(LayerHeader.NIL, null, "", ZFileOptions.DEFAULT, true);

    public LayerOptions withUuids(UUID newUuid, @Nullable UUID newParentUuid) {
        return new LayerOptions(newUuid, newParentUuid, userTag, zfile, tarWrapper);
    }

    public LayerOptions withZFile(@Nullable ZFileOptions newZFile) {
        return new LayerOptions(uuid, parentUuid, userTag, newZFile, tarWrapper);
    }

    public LayerOptions withTarWrapper(boolean wrapped) {
        return new LayerOptions(uuid, parentUuid, userTag, zfile, wrapped);
    }
}
