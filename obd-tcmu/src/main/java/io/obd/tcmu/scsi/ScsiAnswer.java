package io.obd.tcmu.scsi;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * How a command ended.
 *
 * @param failure why it failed, null if it did not
 * @param data what remains in it goes to who sent the command
 */
public record ScsiAnswer(@Nullable Sense failure, ByteBuffer data) {
    private static final int GOOD = 0;
    private static final int CHECK_CONDITION = 2;
    private static final ByteBuffer NO_DATA = ByteBuffer.allocate(0);

    static ScsiAnswer good() {
        return new ScsiAnswer(null, NO_DATA);
    }

    /** Good, with data of which no more is given than was asked for. */
    static ScsiAnswer data(ByteBuffer data, long asked) {
        data.limit((int) Math.min(data.limit(), asked));
        return new ScsiAnswer(null, data);
    }

    static ScsiAnswer failed(Sense failure) {
        return new ScsiAnswer(failure, NO_DATA);
    }

    /** The SCSI status. */
    public int status() {
        return failure == null ? GOOD : CHECK_CONDITION;
    }

    /** The sense data, empty if the status is good. */
    public byte[] sense() {
        return failure == null ? new byte[0] : failure.bytes();
    }
}
