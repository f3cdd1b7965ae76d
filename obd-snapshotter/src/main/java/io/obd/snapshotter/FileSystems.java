package io.obd.snapshotter;

import io.obd.linux.Mounts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Makes file systems on devices and mounts them. The calls wait for the device: make them on a platform thread. */
final class FileSystems {
    private final Programs programs;
    private final Mounts mounts = new Mounts();

    FileSystems(Programs programs) {
        this.programs = programs;
    }

    /** What is on the device: EROFS shows itself, everything else is what it was made as. */
    FileSystemType on(String device, FileSystemType named) throws IOException {
        return ErofsProbe.isErofs(Path.of(device)) ? FileSystemType.of("erofs") : named;
    }

    /** Makes an empty file system. */
    void make(String device, FileSystemType type) throws IOException {
        List<String> command = new ArrayList<>(List.of("mkfs", "-t", type.name()));
        command.addAll(type.mkfsOptions());
        command.add(device);
        programs.run(command);
    }

    /** Mounts a file system. */
    void mount(String device, FileSystemType type, Path mountpoint, boolean writable) throws IOException {
        List<String> options = new ArrayList<>(List.of(writable ? "rw" : "ro"));
        options.addAll(type.mountOptions());
        if (type.name().equals("ntfs")) {
            // Its driver is a program that mount(8) finds.
            programs.run(List.of(
                    "mount", "-t", type.name(), "-o", String.join(",", options), device, mountpoint.toString()));
        } else {
            mounts.mount(device, mountpoint, type.name(), options);
        }
    }

    /** Unmounts what was last mounted at a place. */
    void unmount(Path mountpoint) throws IOException {
        mounts.unmount(mountpoint);
    }
}
