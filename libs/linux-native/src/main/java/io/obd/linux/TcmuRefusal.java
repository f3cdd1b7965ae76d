package io.obd.linux;

import java.io.IOException;

/**
 * The answer that a device cannot be served, given in the place of a backend that does not answer. Whoever has made the device
 * waits for it in the kernel, and not even the end of the process ends that.
 */
final class TcmuRefusal {
    private static final String FAMILY = "TCM-USER";
    private static final int VERSION = 2;
    private static final int ADDED_DEVICE_DONE = 4;
    private static final int STATUS = 7;
    private static final int DEVICE_ID = 8;

    private TcmuRefusal() {}

    /**
     * Answers the kernel.
     *
     * @param device the number of the kernel's device
     * @param reason what the one who waits gets
     * @throws ErrnoException if nobody waits for this device any more
     */
    static void send(int device, Errno reason) throws IOException {
        GenericNetlink.send(
                FAMILY,
                VERSION,
                ADDED_DEVICE_DONE,
                new NetlinkAttributes().putInt(STATUS, -reason.number()).putInt(DEVICE_ID, device));
    }
}
