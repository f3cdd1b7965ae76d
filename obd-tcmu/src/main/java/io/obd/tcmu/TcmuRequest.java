package io.obd.tcmu;

import io.obd.tcmu.ring.RingCommand;
import io.obd.tcmu.scsi.Cdb;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A command under way. The thread that works on it and the watchdog may both want to answer it: who claims it first
 * does. The shared memory must not be touched by who has not claimed it, since the kernel uses it again after the answer.
 */
final class TcmuRequest {
    private final RingCommand command;
    private final Cdb cdb;
    private final long began = System.nanoTime();
    private final AtomicBoolean claimed = new AtomicBoolean();

    TcmuRequest(RingCommand command) {
        this.command = command;
        this.cdb = new Cdb(command.block());
    }

    RingCommand command() {
        return command;
    }

    Cdb cdb() {
        return cdb;
    }

    /** True for the one who may answer. */
    boolean claim() {
        return claimed.compareAndSet(false, true);
    }

    boolean isClaimed() {
        return claimed.get();
    }

    boolean beganBefore(long nanoTime) {
        return began - nanoTime < 0;
    }
}
