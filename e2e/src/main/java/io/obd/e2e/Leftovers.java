package io.obd.e2e;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What the kernel still holds of things below a directory. */
record Leftovers(Path directory) {

    /** Mount points below the directory, in the order they were mounted. */
    List<Path> mounts() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
                .map(line -> unescape(line.split(" ")[4]))
                .map(Path::of)
                .filter(path -> path.startsWith(directory))
                .toList();
    }

    /** Loop devices on files below the directory. */
    List<Path> loopDevices() throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> loops = Files.newDirectoryStream(Path.of("/sys/block"), "loop*")) {
            for (Path loop : loops) {
                if (backingFile(loop).filter(file -> file.startsWith(directory)).isPresent()) {
                    found.add(Path.of("/dev").resolve(loop.getFileName()));
                }
            }
        }
        return found;
    }

    /**
     * Ends what is left: containers' shims and holders of descriptors, then mounts from the last to the first, and loop
     * devices before what lies under them.
     */
    void sweep() throws IOException, InterruptedException {
        ProcessHandle.allProcesses()
                .filter(process -> process.info()
                        .commandLine()
                        .filter(line -> line.contains("containerd-shim") || line.contains("io.obd.holder.Main"))
                        .filter(line -> line.contains(directory + "/"))
                        .isPresent())
                .forEach(ProcessHandle::destroyForcibly);
        Commands commands = Commands.in(directory);
        List<Path> mounts = mounts();
        for (Path device : loopDevices()) {
            unmountDevice(commands, device);
            commands.run("losetup", "-d", device.toString());
        }
        for (Path mount : mounts.reversed()) {
            commands.run("umount", "--lazy", mount.toString());
        }
    }

    private static void unmountDevice(Commands commands, Path device) throws IOException, InterruptedException {
        commands.run("umount", "--all-targets", "--lazy", device.toString());
    }

    private static Optional<Path> backingFile(Path loop) throws IOException {
        try {
            return Optional.of(
                    Path.of(Files.readString(loop.resolve("loop/backing_file")).strip()));
        } catch (NoSuchFileException e) {
            return Optional.empty(); // not attached
        }
    }

    private static String unescape(String path) {
        return path.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\");
    }
}
