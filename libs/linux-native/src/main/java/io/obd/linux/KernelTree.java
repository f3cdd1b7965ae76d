package io.obd.linux;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** configfs, sysfs and /dev, as far as devices are made and removed there. The calls may wait for other processes. */
interface KernelTree {
    boolean exists(Path path);

    boolean isDirectory(Path path);

    boolean isLink(Path path);

    /** @throws java.nio.file.FileAlreadyExistsException if it is there */
    void makeDirectory(Path directory) throws IOException;

    /**
     * Sets an attribute, by one write(2).
     *
     * @throws ErrnoException with the kernel's answer
     */
    void write(Path attribute, String value) throws IOException;

    /** An attribute, without the end of its line. */
    String read(Path attribute) throws IOException;

    /** Says in the backend's place that it does not serve a device: whoever waits for that gets ETIMEDOUT. */
    void refuse(int device) throws IOException;

    void link(Path link, Path target) throws IOException;

    /** Where a link leads. */
    Path readLink(Path link) throws IOException;

    /** Removes a link or an empty directory (the attributes in it do not count), if it is there. */
    void remove(Path path) throws IOException;

    /** The directories and links in a directory; none if it is gone. */
    List<Path> list(Path directory, String pattern) throws IOException;

    /**
     * Keeps others from mounting a disk until it is closed.
     *
     * @throws ErrnoException EBUSY if somebody has it
     */
    Closeable holdAlone(Path disk) throws IOException;

    /** Whether somebody else uses a disk. */
    boolean hasOtherUsers(Path disk) throws IOException;

    /** Who uses a disk, for an error text. */
    String describeUsers(Path disk) throws IOException;
}
