package io.obd.tcmu;

import io.obd.linux.GenericNetlink;
import io.obd.linux.GenlMessage;
import io.obd.linux.NetlinkAttributes;
import io.obd.linux.TargetModule;
import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The kernel's questions about devices, and our answers: generic netlink, family {@code TCM-USER}. Whoever makes or
 * removes a device waits in the kernel until it is answered.
 */
final class TcmuNetlink implements Closeable {
    private static final String FAMILY = "TCM-USER";
    private static final String GROUP = "config";
    private static final int VERSION = 2;

    private static final int ADDED = 1;
    private static final int REMOVED = 2;
    private static final int RECONFIGURED = 3;
    private static final int SET_FEATURES = 7;
    /** What is added to a question's number for its answer. */
    private static final int DONE = 3;

    private static final int DEVICE = 1;
    private static final int MINOR = 2;
    private static final int STATUS = 7;
    private static final int DEVICE_ID = 8;
    private static final int ANSWERS_ARE_SENT = 9;

    private final GenericNetlink netlink;

    private TcmuNetlink(GenericNetlink netlink) {
        this.netlink = netlink;
    }

    /**
     * Becomes the one who is asked. What another process was asked and did not answer fails, and is asked again. To be
     * called while events are blocked, see {@link TargetModule}.
     */
    static TcmuNetlink open() throws IOException {
        TargetModule.forgetEvents();
        GenericNetlink netlink = GenericNetlink.open(FAMILY, VERSION, GROUP);
        try {
            netlink.send(SET_FEATURES, new NetlinkAttributes().putByte(ANSWERS_ARE_SENT, 1));
        } catch (IOException e) {
            netlink.close();
            throw e;
        }
        return new TcmuNetlink(netlink);
    }

    enum Kind {
        ADD,
        REMOVE,
        RECONFIGURE
    }

    /**
     * A question.
     *
     * @param device what the kernel calls the device
     * @param minor the number of its uio device
     * @param deviceId for the answer
     */
    record Question(Kind kind, String device, int minor, int deviceId) {}

    /** Waits for the next question; null after {@link #end}. */
    @Nullable
    Question next() throws IOException {
        while (true) {
            GenlMessage event = netlink.nextEvent();
            if (event == null) {
                return null;
            }
            Kind kind =
                    switch (event.command()) {
                        case ADDED -> Kind.ADD;
                        case REMOVED -> Kind.REMOVE;
                        case RECONFIGURED -> Kind.RECONFIGURE;
                        default -> null;
                    };
            if (kind != null) {
                NetlinkAttributes attributes = event.attributes();
                return new Question(
                        kind, attributes.getString(DEVICE), attributes.getInt(MINOR), attributes.getInt(DEVICE_ID));
            }
        }
    }

    /**
     * Answers.
     *
     * @param status 0, or a negative error number, which is what the one who waits gets
     */
    void answer(Question question, int status) throws IOException {
        int command =
                switch (question.kind()) {
                    case ADD -> ADDED;
                    case REMOVE -> REMOVED;
                    case RECONFIGURE -> RECONFIGURED;
                };
        netlink.send(
                command + DONE, new NetlinkAttributes().putInt(STATUS, status).putInt(DEVICE_ID, question.deviceId()));
    }

    void end() throws IOException {
        netlink.endOfEvents();
    }

    @Override
    public void close() throws IOException {
        netlink.close();
    }
}
