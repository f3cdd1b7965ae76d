package io.obd.linux;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Finds who uses a block device, for the text that says why it cannot be detached. */
final class DeviceUsers {
    private static final Path BLOCK_DEVICES = Path.of("/sys/block");

    private DeviceUsers() {}

    /** The users that can be seen from here; may be empty although there are some. */
    static List<String> of(Path device) throws IOException {
        List<String> users = new ArrayList<>();
        Path sysfs = BLOCK_DEVICES.resolve(device.getFileName());
        String number = Files.readString(sysfs.resolve("dev")).stripTrailing();
        for (Mount mount : MountTable.read().ofDevice(number)) {
            users.add("mounted at " + mount.target());
        }
        try (DirectoryStream<Path> holders = Files.newDirectoryStream(sysfs.resolve("holders"))) {
            holders.forEach(holder -> users.add("held by " + holder.getFileName()));
        }
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                if (hasOpen(process, device)) {
                    users.add("open in process " + process.getFileName() + " (" + name(process) + ")");
                }
            }
        }
        return users;
    }

    /** The users in one line. */
    static String describe(Path device) throws IOException {
        List<String> users = of(device);
        return users.isEmpty() ? "mounted in another mount namespace, or held by the kernel" : String.join(", ", users);
    }

    private static boolean hasOpen(Path process, Path device) throws IOException {
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
            for (Path descriptor : descriptors) {
                if (Files.readSymbolicLink(descriptor).equals(device)) {
                    return true;
                }
            }
            return false;
        } catch (NoSuchFileException | AccessDeniedException | DirectoryIteratorException e) {
            return false; // a process or descriptor that went while we looked does not hold the device
        }
    }

    private static String name(Path process) throws IOException {
        try {
            return Files.readString(process.resolve("comm")).stripTrailing();
        } catch (NoSuchFileException e) {
            return "ended";
        }
    }
}
