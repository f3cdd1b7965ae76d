package io.obd.image;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The device specification {@code config.v1.json}: which layers make up a device. Written by the snapshotter, read by
 * the backend. A string that is not set is empty, a number that is not set is 0.
 *
 * @param repoBlobUrl {@code https://host/v2/repository/blobs}, where layers that are not on this host come from
 * @param lowers read-only layers from bottom to top
 * @param upper the writable layer
 * @param resultFile where the backend writes {@code success} or {@code failed:<reason>}
 * @param accelerationLayer whether the topmost lower holds a trace instead of data
 * @param recordTracePath file to record the device's reads in
 * @param download overrides the service's settings when there
 */
public record ImageConfig(
        String repoBlobUrl,
        List<Lower> lowers,
        Upper upper,
        String resultFile,
        boolean accelerationLayer,
        String recordTracePath,
        @Nullable DownloadConfig download) {

    public ImageConfig {
        lowers = List.copyOf(lowers);
    }

    /** A read-only image without any of the rarer settings. */
    public ImageConfig(String repoBlobUrl, List<Lower> lowers, String resultFile) {
        this(repoBlobUrl, lowers, Upper.NONE, resultFile, false, "", null);
    }

    /**
     * A read-only layer: found on this host under {@code file} or {@code dir}, else fetched by {@code digest}.
     *
     * @param size length of the blob in bytes
     * @param targetFile turboOCI: the original layer on this host
     * @param targetDigest turboOCI: the original layer in the registry
     * @param gzipIndex turboOCI: random access index of a gzip layer
     */
    public record Lower(
            String file,
            String dir,
            String digest,
            long size,
            String targetFile,
            String targetDigest,
            String gzipIndex) {

        /** A layer file on this host. */
        public static Lower file(String file) {
            return new Lower(file, "", "", 0, "", "", "");
        }

        /** A directory that holds a layer under one of its usual names. */
        public static Lower dir(String dir) {
            return new Lower("", dir, "", 0, "", "", "");
        }

        /** The same layer in another file of this host. */
        public Lower withFile(Path other) {
            return new Lower(other.toString(), dir, digest, size, targetFile, targetDigest, gzipIndex);
        }

        /** Whether its blob has only metadata, and the content of files is in an original layer. */
        public boolean isTurboOci() {
            return !targetFile.isEmpty() || !targetDigest.isEmpty();
        }

        /** The file on this host that the layer is read from, empty if a registry would be asked. */
        public Optional<Path> localFile() {
            return new LayerSource(this, "").local();
        }

        /** A blob of the registry; {@code dir} is looked at first. */
        public static Lower remote(String digest, long size, String dir) {
            return new Lower("", dir, digest, size, "", "", "");
        }
    }

    /**
     * The writable layer, a log-structured pair of files.
     *
     * @param vsize size of the device in GB as the snapshotter asked for it; for information
     * @param target turboOCI: the original layer
     */
    public record Upper(String index, String data, String target, String gzipIndex, long vsize) {

        /** No writable layer. */
        public static final Upper NONE = new Upper("", "", "", "", 0);

        /** An ordinary writable layer. */
        public Upper(String index, String data, long vsize) {
            this(index, data, "", "", vsize);
        }

        /** Whether there is a writable layer: only if both files are named. */
        public boolean isPresent() {
            return !index.isEmpty() && !data.isEmpty();
        }
    }

    /**
     * Reads a device specification.
     *
     * @throws ConfigException if it is not valid, naming file, line and key
     * @throws IOException if it cannot be read
     */
    public static ImageConfig read(Path file) throws IOException {
        return ImageConfigJson.read(file);
    }

    /** Writes the file atomically (temporary file and rename), mode 0600. */
    public void write(Path file) throws IOException {
        AtomicFile.write(file, toJson().getBytes(StandardCharsets.UTF_8));
    }

    /** The compact JSON form, with optional keys only where they are set. */
    public String toJson() {
        return ImageConfigJson.toJson(this);
    }

    /** The same image with another writable layer. */
    public ImageConfig withUpper(Upper other) {
        return new ImageConfig(repoBlobUrl, lowers, other, resultFile, accelerationLayer, recordTracePath, download);
    }
}
