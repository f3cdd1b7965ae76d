package io.obd.nydussnapshotter;

import java.io.IOException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Work that comes again and again, each on a thread of its own, until the program ends. */
final class Housekeeping {
    private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);

    private Housekeeping() {}

    /** What is done each time. */
    interface Task {
        void run() throws IOException;
    }

    /**
     * Begins.
     *
     * @param period from the end of one time to the beginning of the next; zero for never
     */
    static void every(Duration period, String name, Task task) {
        if (!period.isZero()) {
            Thread.ofVirtual().name(name).start(() -> repeat(period, name, task));
        }
    }

    private static void repeat(Duration period, String name, Task task) {
        try {
            while (true) {
                Thread.sleep(period);
                try {
                    task.run();
                } catch (IOException | RuntimeException e) { // the edge of the thread
                    LOG.warn("{}: {}", name, e.toString());
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("{} ends", name);
        }
    }
}
