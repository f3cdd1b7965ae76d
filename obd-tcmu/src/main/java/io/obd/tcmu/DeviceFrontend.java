package io.obd.tcmu;

import io.obd.image.ServiceConfig;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** A way to make an open image a block device of this machine. */
interface DeviceFrontend extends Closeable {

    /** Which one it is. */
    ServiceConfig.Frontend kind();

    /**
     * Begins to serve. Devices that exist already, or that come without being asked for here, are taken into the table.
     */
    void start(DeviceTable devices) throws IOException;

    /**
     * Attaches an image.
     *
     * @param id name of the device, one at a time
     * @param config the device specification of the image
     */
    AttachedDevice attach(String id, Path config, DiskImage image) throws IOException;

    /**
     * Removes what an earlier run of this daemon left of a device.
     *
     * @return false if there was nothing left
     * @throws DeviceInUseException if it is still in use
     */
    boolean removeLeftover(String id) throws IOException;

    /** How many reads and writes have no answer yet and have waited for it for longer than this. */
    int waiting(Duration longerThan);

    /** Whether devices are served; false if somebody took away what that needs. */
    boolean isServing();

    /** Serves no longer. The devices stay as they are, for the next run of the daemon; who uses them waits for it. */
    @Override
    void close() throws IOException;
}
