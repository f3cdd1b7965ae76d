package io.obd.snapshotter;

import io.obd.block.CorruptBlobException;
import io.obd.block.FileBlob;
import io.obd.image.ImageConfig.Upper;
import io.obd.lsmt.Layer;
import io.obd.snapshotter.Checkpoint.Step;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Makes and seals writable layers with the overlaybd tools. */
final class WritableLayers {
    private final Path tools;
    private final Programs programs;
    private final boolean sparse;
    private final Checkpoint checkpoint;

    /**
     * @param tools directory of the overlaybd-* programs
     * @param sparse whether each byte keeps its place in the data file, instead of a log of all writes
     */
    WritableLayers(Path tools, Programs programs, boolean sparse) {
        this(tools, programs, sparse, Checkpoint.NONE);
    }

    WritableLayers(Path tools, Programs programs, boolean sparse, Checkpoint checkpoint) {
        this.tools = tools;
        this.programs = programs;
        this.sparse = sparse;
        this.checkpoint = checkpoint;
    }

    /**
     * Makes an empty writable layer.
     *
     * @param gigabytes size of the device, 0 for that of the layers below
     */
    Upper create(UpperFiles files, long gigabytes) throws IOException {
        if (Files.notExists(files.directory())) {
            Files.createDirectories(
                    files.directory(),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        List<String> command = new ArrayList<>(List.of(
                tool("overlaybd-create"), files.data().toString(), files.index().toString(), Long.toString(gigabytes)));
        if (sparse) {
            command.add("-s");
        }
        programs.run(command);
        sync(files.data());
        sync(files.index());
        sync(files.directory());
        checkpoint.reached(Step.PAIR_MADE);
        return files.upper(gigabytes);
    }

    /**
     * Turns a writable layer into a read-only one. Can be repeated after a failure or a crash: what was done is not done
     * again.
     *
     * @param sealed where the result goes
     */
    void seal(UpperFiles files, Path sealed) throws IOException {
        if (Files.notExists(sealed)) {
            if (!isSealed(files.data())) {
                programs.run(List.of(
                        tool("overlaybd-commit"),
                        "--seal",
                        files.data().toString(),
                        files.index().toString()));
                checkpoint.reached(Step.SEALED);
            }
            move(files.data(), sealed);
            checkpoint.reached(Step.SEALED_MOVED);
        }
        delete(files);
    }

    /** Deletes the files of a writable layer, those that are there. */
    void delete(UpperFiles files) throws IOException {
        Files.deleteIfExists(files.index());
        checkpoint.reached(Step.INDEX_DELETED);
        Files.deleteIfExists(files.data());
        checkpoint.reached(Step.PAIR_DELETED);
    }

    private static boolean isSealed(Path data) throws IOException {
        try (FileBlob file = FileBlob.open(data);
                Layer _ = Layer.open(file)) {
            return true;
        } catch (CorruptBlobException e) {
            return false; // no trailer yet
        }
    }

    /** Both may lie on different file systems; the target is complete once it is seen. */
    private static void move(Path from, Path to) throws IOException {
        if (Files.getFileStore(from).equals(Files.getFileStore(to.getParent()))) {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } else {
            Path copy = to.resolveSibling(to.getFileName() + ".tmp");
            Files.copy(from, copy, StandardCopyOption.REPLACE_EXISTING);
            sync(copy);
            Files.move(copy, to, StandardCopyOption.ATOMIC_MOVE);
        }
        sync(Objects.requireNonNull(to.getParent()));
    }

    private static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private String tool(String name) {
        return tools.resolve(name).toString();
    }
}
