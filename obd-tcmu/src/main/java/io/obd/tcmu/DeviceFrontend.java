package io.obd.tcmu;

import io.obd.image.ServiceConfig;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/** A way to make an open image a block device of this machine. */
interface DeviceFrontend extends Closeable {

    /** Which one it is. */
    ServiceConfig.Frontend kind();

    /**
     * Attaches an image.
     *
     * @param id name of the device, one at a time
     */
    AttachedDevice attach(String id, DiskImage image) throws IOException;

    /**
     * Removes what an earlier run of this daemon left of a device.
     *
     * @return false if there was nothing left
     * @throws DeviceInUseException if it is still in use
     */
    boolean removeLeftover(String id) throws IOException;

    /** Whether devices are served; false if somebody took away what that needs. */
    boolean isServing();

    /** What is still in use and keeps this from closing, a line each. */
    List<String> inUse() throws IOException;
}
