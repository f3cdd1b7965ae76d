package io.obd.snapshotter;

import io.obd.linux.Mounts;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/** Makes file systems on devices and mounts them. The calls wait for the device: make them on a platform thread. */
final class FileSystems {
    private static final Duration PATIENCE = Duration.ofMillis(500);
    private static final Duration PAUSE = Duration.ofMillis(10);

    private final Programs programs;
    private final MountCall mount;
    private final LongSupplier nanoTime;
    private final Mounts mounts = new Mounts();

    /** The call of the kernel. */
    interface MountCall {
        void mount(String source, Path target, String type, List<String> options) throws IOException;
    }

    FileSystems(Programs programs) {
        this(programs, new Mounts()::mount, System::nanoTime);
    }

    /** @param nanoTime as of {@link System#nanoTime} */
    FileSystems(Programs programs, MountCall mount, LongSupplier nanoTime) {
        this.programs = programs;
        this.mount = mount;
        this.nanoTime = nanoTime;
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

    /**
     * Mounts a file system. Tries for half a second: a device that has just appeared may not answer yet, or be looked at. An
     * attempt is not broken off, however long it takes.
     */
    void mount(String device, FileSystemType type, Path mountpoint, boolean writable) throws IOException {
        long first = nanoTime.getAsLong();
        while (true) {
            try {
                mountOnce(device, type, mountpoint, writable);
                return;
            } catch (IOException e) {
                if (nanoTime.getAsLong() - first >= PATIENCE.toNanos()) {
                    throw new IOException("failed to mount " + device + " to " + mountpoint + ": " + e.getMessage(), e);
                }
                pause(mountpoint);
            }
        }
    }

    private static void pause(Path mountpoint) throws InterruptedIOException {
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted at the mount of " + mountpoint);
        }
    }

    private void mountOnce(String device, FileSystemType type, Path mountpoint, boolean writable) throws IOException {
        List<String> options = new ArrayList<>(List.of(writable ? "rw" : "ro"));
        options.addAll(type.mountOptions());
        if (type.name().equals("ntfs")) {
            // Its driver is a program that mount(8) finds.
            programs.run(List.of(
                    "mount", "-t", type.name(), "-o", String.join(",", options), device, mountpoint.toString()));
        } else {
            mount.mount(device, mountpoint, type.name(), options);
        }
    }

    /** Unmounts what was last mounted at a place. */
    void unmount(Path mountpoint) throws IOException {
        mounts.unmount(mountpoint);
    }
}
