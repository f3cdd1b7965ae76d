package io.obd.nydusify;

import io.obd.fs.tar.ByteString;
import io.obd.linux.DirectoryTree;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.data.ChunkReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;

/**
 * Holds an image to all rules, and leaves what it was told by in a directory.
 *
 * @param source the same as the target if there is no other one
 * @param directory what is in it is removed first
 * @param bothWanted whether the target has to be an index with an ordinary and a nydus image
 */
record ImageCheck(
        ParsedImage source,
        BlobSizes sourceSizes,
        ParsedImage target,
        BlobSizes targetSizes,
        Path directory,
        boolean bothWanted) {

    /** @throws CheckException if the image breaks a rule; the text names rule and file, blob or document */
    void run() throws IOException {
        DirectoryTree.clear(directory);
        Report targetReport = new Report(directory.resolve("target"));
        targetReport.write(target);
        Report sourceReport = targetReport;
        if (!source.equals(target)) {
            sourceReport = new Report(directory.resolve("source"));
            sourceReport.write(source);
        }
        new ManifestRule(source, target, bothWanted).check();
        Path blobs = Files.createDirectories(directory.resolve("blobs"));
        try {
            SortedMap<ByteString, FileRecord> wanted = files(source, sourceSizes, sourceReport, blobs);
            if (target.nydus() != null && (source.oci() != null || !source.equals(target))) {
                FileSystemRule.check(wanted, nydusFiles(target, target.nydus(), targetSizes, targetReport, blobs));
            }
            if (target.oci() != null && !source.equals(target)) {
                FileSystemRule.check(wanted, FileSystemRule.files(target, target.oci()));
            }
        } finally {
            DirectoryTree.delete(blobs);
        }
    }

    private static SortedMap<ByteString, FileRecord> files(
            ParsedImage image, BlobSizes sizes, Report report, Path blobs) throws IOException {
        if (image.oci() != null) {
            return FileSystemRule.files(image, image.oci());
        }
        if (image.nydus() != null) {
            return nydusFiles(image, image.nydus(), sizes, report, blobs);
        }
        throw new IllegalStateException(image.name() + " is no image");
    }

    private static SortedMap<ByteString, FileRecord> nydusFiles(
            ParsedImage image, ImageDocuments documents, BlobSizes sizes, Report report, Path blobs)
            throws IOException {
        Bootstrap bootstrap = new BootstrapRule(image, documents, report.bootstrap()).check();
        report.write(bootstrap);
        FetchedBlobs fetched = new FetchedBlobs(
                image.source(), List.copyOf(documents.manifest().layers()), sizes, blobs);
        try (ChunkReader chunks = new ChunkReader(bootstrap, fetched, true)) {
            return FileSystemRule.nydusFiles(image, bootstrap, chunks);
        }
    }
}
