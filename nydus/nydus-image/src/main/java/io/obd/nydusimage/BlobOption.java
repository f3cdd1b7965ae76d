package io.obd.nydusimage;

import io.obd.block.FileBlob;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.build.BuiltImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** Where the blob of a build goes. */
final class BlobOption {
    @Spec(Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec command;

    @Option(
            names = {"-D", "--blob-dir"},
            description = "directory for the blob, which gets its identity as name")
    private @Nullable Path directory;

    @Option(
            names = {"-b", "--blob"},
            description = "file for the blob; may be a FIFO")
    private @Nullable Path file;

    @Option(
            names = "--blob-cache-dir",
            description = "directory for what nydusd's cache has of the blob when it is complete, in place of the blob")
    private @Nullable Path cache;

    /**
     * Refuses what does not go together.
     *
     * @param holdsBootstrap whether the bootstrap is part of the blob
     */
    void check(boolean holdsBootstrap) {
        if (cache != null && (file != null || directory != null)) {
            throw misuse("--blob-cache-dir does not go with --blob" + (file != null ? "" : "-dir"));
        }
        if (cache != null && holdsBootstrap) {
            throw misuse("--blob-cache-dir does not go with --blob-inline-meta: the blob is not kept");
        }
        checkDirectory("--blob-cache-dir", cache);
        if (file == null) {
            checkDirectory("--blob-dir", directory);
        }
        if (file == null && cache == null && directory == null) {
            throw misuse("where the blob goes is missing: --blob, --blob-dir or --blob-cache-dir");
        }
    }

    private void checkDirectory(String option, @Nullable Path path) {
        if (path != null && !Files.isDirectory(path)) {
            throw misuse(option + " " + path + " is no directory");
        }
    }

    /** Whether it goes to a file that is named. */
    boolean isFile() {
        return file != null;
    }

    /** Whether what is kept of it is for nydusd's cache. */
    boolean isForCache() {
        return cache != null;
    }

    /** The directory for blobs, or null. */
    @Nullable
    Path directory() {
        return directory;
    }

    /** The file that a blob of that identity becomes, or null if that cannot be told beforehand. */
    @Nullable
    Path place(@Nullable String id) {
        if (file != null || cache != null) {
            return file;
        }
        return directory == null || id == null ? null : directory.resolve(id);
    }

    /** A file to write the blob to. */
    NewFile open() throws IOException {
        return file == null ? NewFile.in(Objects.requireNonNull(cache == null ? directory : cache)) : NewFile.at(file);
    }

    /**
     * Keeps a blob that is complete, or what the cache has of it.
     *
     * @param id of the blob
     * @param layer file with the chunks, if the blob only refers to them
     */
    void keep(NewFile blob, String id, BuiltImage image, Path layer) throws IOException {
        if (cache != null) {
            blob.out().flush();
            new ReadyCache(cache)
                    .write(
                            Bootstrap.load("the new bootstrap", image.bootstrap(), id),
                            id,
                            wanted -> FileBlob.open(wanted.equals(id) ? blob.written() : layer));
        } else if (file == null) {
            blob.keep(Objects.requireNonNull(directory).resolve(id));
        } else {
            blob.keep();
        }
    }

    private ParameterException misuse(String problem) {
        return new ParameterException(command.commandLine(), problem);
    }
}
