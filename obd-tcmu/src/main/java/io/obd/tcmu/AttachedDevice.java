package io.obd.tcmu;

import java.io.IOException;
import java.nio.file.Path;

/** An image that is a block device now. */
interface AttachedDevice {
    /** The device node. */
    Path path();

    /**
     * Takes the device away. When this returns, nobody reads from the image any more.
     *
     * @throws DeviceInUseException if somebody uses it; it stays attached
     */
    void detach() throws IOException;

    /** Makes everything written so far safe. */
    void flush() throws IOException;
}
