package io.obd.tcmu;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** An image that is a block device now. */
interface AttachedDevice {
    /** The device node. A device that another program has made may not have one yet. */
    Optional<Path> path();

    /** A name for the device in the live snapshot API besides its id, empty if it has none. */
    default String devId() {
        return "";
    }

    /** The device node, made if there is none. */
    Path expose() throws IOException;

    /**
     * Takes the device away. When this returns, nobody reads from the image any more.
     *
     * @throws DeviceInUseException if somebody uses it; it stays attached
     */
    void detach() throws IOException;

    /** Makes everything written so far safe. */
    void flush() throws IOException;
}
