package io.obd.tools;

import io.obd.lsmt.blob.BlobTarget;
import io.obd.registry.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The layer that a tool makes: a file, and where it was asked for a blob of a registry.
 *
 * @param path the finished file
 * @param replaces whether it may exist
 */
record LayerResult(Path path, boolean replaces) {
    /** What can be written as a layer. */
    @FunctionalInterface
    interface Source {
        void writeTo(BlobTarget target) throws IOException;
    }

    /**
     * Makes sure that the file is none of those that the layer is made of, which would be lost.
     *
     * @throws ToolException if it is
     */
    void requireOtherThan(List<Path> sources) throws IOException {
        for (Path source : sources) {
            if (Files.exists(path) && Files.exists(source) && Files.isSameFile(path, source)) {
                throw new ToolException(path + " is what the layer is made of: give the layer another name");
            }
        }
    }

    /** Makes the file. */
    void write(Source source) throws IOException {
        source.writeTo(replaces ? BlobTarget.replacing(path) : BlobTarget.newFile(path));
    }

    /** Makes the file and uploads it; it has its name when both are done. */
    Digest writeAndUpload(Source source, UploadOptions options) throws IOException {
        try (PartialFile partial = new PartialFile(path, replaces);
                LayerUpload upload = LayerUpload.begin(options, partial.path())) {
            source.writeTo(upload.target(path));
            Digest digest = upload.finish();
            partial.publish();
            return digest;
        }
    }
}
