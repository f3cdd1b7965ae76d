package io.obd.linux;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A device whose driver shares memory with user space and tells it of events, {@code /dev/uio<number>}.
 *
 * @param number the kernel uses a number again when its device is gone
 * @param name what the driver calls the device
 */
public record UioDevice(int number, String name) {
    private static final Path CLASS = Path.of("/sys/class/uio");

    /** All devices there are now. */
    public static List<UioDevice> list() throws IOException {
        List<UioDevice> devices = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(CLASS, "uio*")) {
            for (Path entry : entries) {
                int number = Integer.parseInt(entry.getFileName().toString().substring("uio".length()));
                find(number).ifPresent(devices::add);
            }
        } catch (NoSuchFileException e) {
            return List.of(); // the kernel has no driver of that kind loaded
        }
        return devices;
    }

    /** The device of that number, if there is one. */
    public static Optional<UioDevice> find(int number) throws IOException {
        try {
            return Optional.of(new UioDevice(number, line(CLASS.resolve("uio" + number + "/name"))));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Opens it for reading and writing; reads do not wait. EBUSY if another process serves the device. */
    public RawFile open() throws ErrnoException {
        return RawFile.open(node(), RawFile.READ_WRITE | RawFile.NON_BLOCKING);
    }

    /** The device node. */
    public Path node() {
        return Path.of("/dev/uio" + number);
    }

    /** Length of the first shared range in bytes. */
    public long mapLength() throws IOException {
        return Long.decode(line(CLASS.resolve("uio" + number + "/maps/map0/size")));
    }

    private static String line(Path file) throws IOException {
        return Files.readString(file).stripTrailing();
    }
}
