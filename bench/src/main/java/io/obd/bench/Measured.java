package io.obd.bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;

/**
 * What a piece of work took.
 *
 * @param wall by the clock
 * @param cpu of all threads of this process, the compiler's and the collector's too
 */
record Measured(Duration wall, Duration cpu) {
    private static final OperatingSystemMXBean PROCESS =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    static Measured of(Work work) throws IOException {
        long cpu = PROCESS.getProcessCpuTime();
        long start = System.nanoTime();
        work.run();
        Duration wall = Duration.ofNanos(System.nanoTime() - start);
        return new Measured(wall, Duration.ofNanos(PROCESS.getProcessCpuTime() - cpu));
    }

    double seconds() {
        return wall.toNanos() / 1e9;
    }

    double cpuSeconds() {
        return cpu.toNanos() / 1e9;
    }

    /** Something to be measured. */
    interface Work {
        void run() throws IOException;
    }
}
