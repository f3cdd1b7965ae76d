package io.obd.linux;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Makes disks whose commands another process answers: the backend, which the kernel asks for its consent. */
public interface ScsiDisks {
    /** Why none can be made here; empty if they can. */
    Optional<String> obstacle();

    /**
     * Makes a disk, or finds the one that shows the same.
     *
     * @param config tells the backend what to serve
     * @return the device node
     * @throws IOException if the backend refuses or does not answer in time; nothing is left then, and what was there
     *     before stays
     */
    Path attach(Backstore backstore, String config) throws IOException;

    /**
     * Takes a disk away.
     *
     * @return false if there is none
     * @throws ErrnoException EBUSY with the users
     */
    boolean detach(Backstore backstore) throws IOException;

    /** The disks of an adapter, with what the backend was told of each. */
    List<Disk> list(long hba) throws IOException;

    /**
     * A disk.
     *
     * @param config what the backend was told; empty if that cannot be seen
     */
    record Disk(Backstore backstore, String config) {}
}
