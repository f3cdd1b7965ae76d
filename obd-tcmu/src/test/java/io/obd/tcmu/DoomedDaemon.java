package io.obd.tcmu;

import io.obd.image.ServiceConfig;
import java.io.IOException;
import java.nio.file.Path;

/** A daemon with images of zeros in memory, in a process of its own, to be killed. */
final class DoomedDaemon {
    private DoomedDaemon() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        Daemon daemon = Daemon.start(
                ServiceConfig.read(Path.of(args[0])), config -> new DiskImage(new MemoryStore(16 << 20), true));
        System.out.println("serving");
        Thread.currentThread().join();
        daemon.close();
    }
}
