package io.obd.linux;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** That of this machine. */
final class HostTree implements KernelTree {
    @Override
    public boolean exists(Path path) {
        return Files.exists(path);
    }

    @Override
    public boolean isDirectory(Path path) {
        return Files.isDirectory(path);
    }

    @Override
    public boolean isLink(Path path) {
        return Files.isSymbolicLink(path);
    }

    /** Not Files.createDirectories: that one asks for more than configfs can do. */
    @Override
    public void makeDirectory(Path directory) throws IOException {
        Files.createDirectory(directory);
    }

    @Override
    public void write(Path attribute, String value) throws IOException {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        try (RawFile file = RawFile.open(attribute, RawFile.WRITE_ONLY)) {
            file.write(ByteBuffer.allocateDirect(bytes.length).put(bytes).flip());
        }
    }

    @Override
    public String read(Path attribute) throws IOException {
        return Files.readString(attribute).stripTrailing();
    }

    @Override
    public void refuse(int device) throws IOException {
        TcmuRefusal.send(device, Errno.ETIMEDOUT);
    }

    @Override
    public void link(Path link, Path target) throws IOException {
        Files.createSymbolicLink(link, target);
    }

    @Override
    public Path readLink(Path link) throws IOException {
        return Files.readSymbolicLink(link);
    }

    @Override
    public void remove(Path path) throws IOException {
        Files.deleteIfExists(path);
    }

    @Override
    public List<Path> list(Path directory, String pattern) throws IOException {
        return ConfigDirectory.list(directory, pattern);
    }

    @Override
    public Closeable holdAlone(Path disk) throws IOException {
        return RawFile.open(disk, RawFile.EXCLUSIVE);
    }

    @Override
    public boolean hasOtherUsers(Path disk) throws IOException {
        String self = "process " + ProcessHandle.current().pid() + " ";
        return DeviceUsers.of(disk).stream().anyMatch(user -> !user.contains(self));
    }

    @Override
    public String describeUsers(Path disk) throws IOException {
        return DeviceUsers.describe(disk);
    }
}
