package io.obd.tools.obd;

import io.obd.fs.FileData;
import io.obd.fs.FileExtent;
import io.obd.fs.FileInfo;
import io.obd.fs.FileSystemReader;
import io.obd.fs.FileType;
import io.obd.fs.tar.ByteString;
import io.obd.linux.DeviceNumber;
import io.obd.linux.Errno;
import io.obd.linux.ErrnoException;
import io.obd.linux.FileNodes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Copies a tree of an image into a directory that nobody else writes to. All of it is made new there, below directories
 * that are made here: no symlink of the image is ever followed.
 */
final class TreeCopy {
    private static final int CHUNK = 1 << 20;
    private static final int FIFO = 0010000;
    private static final int CHARACTER_DEVICE = 0020000;
    private static final int BLOCK_DEVICE = 0060000;
    private static final int SOCKET = 0140000;
    private static final int SET_IDS = 06000;
    private static final String USER_ATTRIBUTE = "user.";

    private final FileSystemReader files;
    private final Consumer<String> warnings;
    private final FileNodes nodes = new FileNodes();
    private final boolean root = isRoot();
    private final Map<Integer, Path> links = new HashMap<>();
    private final ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
    private boolean complete = true;

    private record Made(Path path, FileInfo file) {}

    /** @param warnings told of what had to be left out */
    TreeCopy(FileSystemReader files, Consumer<String> warnings) {
        this.files = files;
        this.warnings = warnings;
    }

    private static boolean isRoot() {
        try {
            return Files.getAttribute(Path.of("/proc/self/status"), "unix:uid").equals(0);
        } catch (IOException e) {
            return false;
        }
    }

    /** Whether nothing had to be left out. */
    boolean isComplete() {
        return complete;
    }

    /** Copies a file and all below it to a path that does not exist. */
    void copy(FileInfo from, Path to) throws IOException {
        List<Made> directories = new ArrayList<>();
        Map<ByteString, Path> paths = new HashMap<>();
        ByteString top = ByteString.of("/");
        new Tree(files).walk(top, from, (path, file) -> {
            Path place = path.equals(top) ? to : place(path, paths);
            if (file.isDirectory()) {
                Files.createDirectory(
                        place, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
                paths.put(path, place);
                directories.add(new Made(place, file));
            } else {
                make(file, place);
            }
        });
        // What is made in a directory changes its time, and it may have to be read-only.
        for (Made directory : directories.reversed()) {
            setAttributes(directory.file(), directory.path());
        }
    }

    private static Path place(ByteString path, Map<ByteString, Path> directories) {
        int slash = path.length() - 1;
        while (path.at(slash) != '/') {
            slash--;
        }
        Path parent = directories.get(slash == 0 ? ByteString.of("/") : path.slice(0, slash));
        if (parent == null) {
            throw new IllegalStateException("a directory was not made");
        }
        return FileNodes.resolve(parent, path.slice(slash + 1, path.length()).toBytes());
    }

    private void make(FileInfo file, Path place) throws IOException {
        Path first = file.links() > 1 ? links.putIfAbsent(file.inode(), place) : null;
        if (first != null) {
            if (Files.exists(first, LinkOption.NOFOLLOW_LINKS)) {
                Files.createLink(place, first);
            }
            return;
        }
        switch (file.type()) {
            case REGULAR -> write(files.data(file), place);
            case SYMLINK -> nodes.symlink(files.readLink(file).toBytes(), place);
            case FIFO -> nodes.mknod(place, FIFO | 0600, new DeviceNumber(0, 0));
            case SOCKET -> nodes.mknod(place, SOCKET | 0600, new DeviceNumber(0, 0));
            case CHARACTER_DEVICE, BLOCK_DEVICE -> {
                if (!makeDevice(file, place)) {
                    return;
                }
            }
            case DIRECTORY -> throw new IllegalStateException("a directory is not made here");
        }
        setAttributes(file, place);
    }

    private boolean makeDevice(FileInfo file, Path place) throws IOException {
        int type = file.type() == FileType.CHARACTER_DEVICE ? CHARACTER_DEVICE : BLOCK_DEVICE;
        try {
            nodes.mknod(place, type | 0600, new DeviceNumber(file.major(), file.minor()));
            return true;
        } catch (ErrnoException e) {
            if (!e.is(Errno.EPERM)) {
                throw e;
            }
            leaveOut(place + ": a device, which only root can make: left out");
            return false;
        }
    }

    private void write(FileData data, Path place) throws IOException {
        try (FileChannel out = FileChannel.open(place, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (FileExtent extent : data.extents()) {
                for (long at = extent.offset(); at < extent.end(); ) {
                    data.read(at, chunk.clear().limit((int) Math.min(CHUNK, extent.end() - at)));
                    chunk.flip();
                    while (chunk.hasRemaining()) {
                        at += out.write(chunk, at);
                    }
                }
            }
            if (out.size() < data.size()) {
                out.write(ByteBuffer.allocate(1), data.size() - 1);
            }
        }
    }

    /** The owner first, since a change of it takes away setuid and capabilities. */
    private void setAttributes(FileInfo file, Path place) throws IOException {
        if (root) {
            nodes.chown(place, file.uid(), file.gid());
        }
        for (Map.Entry<ByteString, ByteString> attribute :
                files.attributes(file).entrySet()) {
            String name = attribute.getKey().toString();
            if (root || name.startsWith(USER_ATTRIBUTE)) {
                setAttribute(place, name, attribute);
            }
        }
        if (file.type() != FileType.SYMLINK) {
            nodes.chmod(place, root ? file.permissions() : file.permissions() & ~SET_IDS);
        }
        nodes.setModified(place, file.modified());
    }

    private void setAttribute(Path place, String name, Map.Entry<ByteString, ByteString> attribute)
            throws ErrnoException {
        try {
            nodes.setAttribute(
                    place, attribute.getKey().toBytes(), attribute.getValue().toBytes());
        } catch (ErrnoException e) {
            if (!e.is(Errno.EOPNOTSUPP) && !e.is(Errno.EPERM)) {
                throw e;
            }
            leaveOut(place + ": attribute " + name + " cannot be set there: left out");
        }
    }

    private void leaveOut(String what) {
        complete = false;
        warnings.accept(what);
    }
}
