package io.obd.tcmu.scsi;

import java.nio.ByteBuffer;

/**
 * How a command ended.
 *
 * @param status SCSI status: 0 is good, 2 says that there is sense data
 * @param sense empty if the status is good
 * @param data what remains in it goes to who sent the command
 */
public record ScsiAnswer(int status, byte[] sense, ByteBuffer data) {
    private static final int GOOD = 0;
    private static final int CHECK_CONDITION = 2;
    private static final ByteBuffer NO_DATA = ByteBuffer.allocate(0);
    private static final byte[] NO_SENSE = {};

    static ScsiAnswer good() {
        return new ScsiAnswer(GOOD, NO_SENSE, NO_DATA);
    }

    /** Good, with data of which no more is given than was asked for. */
    static ScsiAnswer data(ByteBuffer data, long asked) {
        data.limit((int) Math.min(data.limit(), asked));
        return new ScsiAnswer(GOOD, NO_SENSE, data);
    }

    static ScsiAnswer failed(Sense sense) {
        return new ScsiAnswer(CHECK_CONDITION, sense.bytes(), NO_DATA);
    }
}
