package io.obd.tcmu;

import io.obd.fuse.BufferPool;
import io.obd.fuse.FailureLog;
import io.obd.linux.Backstore;
import io.obd.linux.Backstores;
import io.obd.linux.RawFile;
import io.obd.linux.SharedMapping;
import io.obd.linux.UioDevice;
import io.obd.tcmu.scsi.ScsiDisk;
import io.obd.tcmu.scsi.UnitIdentity;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The devices that are served, and the watchdog that bounds how long their commands take. */
final class TcmuServer implements Closeable {
    private static final Logger log = LoggerFactory.getLogger(TcmuServer.class);

    /** How long commands may take to end when a device goes or the daemon stops. */
    private static final Duration LAST_COMMANDS = Duration.ofSeconds(5);

    private record Served(TcmuName name, TcmuDevice device) {}

    private final Backstores backstores;
    private final Duration ioTimeout;
    private final FailureLog failures = new FailureLog(LoggerFactory.getLogger(TcmuDevice.class));
    private final Map<Backstore, Served> served = new ConcurrentHashMap<>();
    private final Thread watchdog =
            Thread.ofPlatform().name("tcmu-watchdog").daemon().unstarted(this::watch);

    TcmuServer(Backstores backstores, Duration ioTimeout) {
        this.backstores = backstores;
        this.ioTimeout = ioTimeout;
        watchdog.start();
    }

    /**
     * Serves a device that the kernel has just made.
     *
     * @param whenGone called if the kernel takes the device away without telling
     */
    void serve(TcmuName name, UioDevice uio, DiskImage image, Runnable whenGone) throws IOException {
        RawFile file = uio.open();
        try {
            start(name, uio, file, image, whenGone);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /**
     * Serves a device that somebody has served before. The commands he has not answered come again.
     *
     * @throws io.obd.linux.ErrnoException EBUSY if he still does
     */
    void takeOver(TcmuName name, UioDevice uio, DiskImage image, Runnable whenGone) throws IOException {
        RawFile file = uio.open();
        try {
            backstores.block(name.backstore());
            try {
                backstores.retryOutstanding(name.backstore());
                start(name, uio, file, image, whenGone);
            } finally {
                backstores.unblock(name.backstore());
            }
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private synchronized void start(TcmuName name, UioDevice uio, RawFile file, DiskImage image, Runnable whenGone)
            throws IOException {
        for (Served other : served.values()) {
            boolean another = !other.name().backstore().equals(name.backstore());
            if (another && !name.devId().isEmpty() && other.name().devId().equals(name.devId())) {
                throw new IOException("duplicated dev id: " + name.devId() + ", which "
                        + other.name().id() + " has");
            }
        }
        SharedMapping mapping = SharedMapping.of(file, uio.mapLength());
        try {
            ScsiDisk disk = new ScsiDisk(new SerialWrites(image.store()), image.writable(), identity(name));
            TcmuDevice device = new TcmuDevice(name.id(), file, mapping, disk, new BufferPool(), failures, ended -> {
                end(new Served(name, ended));
                whenGone.run();
            });
            Served earlier = served.put(name.backstore(), new Served(name, device));
            device.start();
            if (earlier != null) {
                stop(earlier); // its device has gone without a word
            }
        } catch (IOException | RuntimeException e) {
            mapping.close();
            throw e;
        }
    }

    /** Whoever made the device may have forgotten the serial. It has to be the same at every start. */
    private UnitIdentity identity(TcmuName name) throws IOException {
        String serial = backstores.serial(name.backstore());
        return new UnitIdentity(
                serial.isEmpty() ? name.backstore().newSerial() : serial, TcmuName.configuration(name.config()));
    }

    /** Serves a device no longer; true if it was served. */
    boolean stop(Backstore backstore) {
        Served stopped = served.remove(backstore);
        if (stopped == null) {
            return false;
        }
        stop(stopped);
        return true;
    }

    /** A device has ended by itself. Another one of that name may be served by now. */
    private void end(Served ended) {
        served.remove(ended.name().backstore(), ended);
        stop(ended);
    }

    private static void stop(Served stopped) {
        try {
            stopped.device().stop(LAST_COMMANDS);
        } catch (IOException e) {
            log.warn("{}: {}", stopped.name().id(), e.getMessage());
        }
    }

    /** How many commands have no answer yet and have waited for it for longer than this. */
    int waiting(Duration longerThan) {
        long since = System.nanoTime() - longerThan.toNanos();
        return served.values().stream()
                .mapToInt(each -> each.device().waitingSince(since))
                .sum();
    }

    private void watch() {
        Duration pause = ioTimeout.dividedBy(20).plusMillis(1);
        try {
            while (true) {
                Thread.sleep(pause);
                long now = System.nanoTime();
                served.values().forEach(each -> each.device().giveUp(now - ioTimeout.toNanos(), ioTimeout));
            }
        } catch (InterruptedException e) {
            log.debug("no more commands to watch");
        }
    }

    /** Serves nothing any more. The devices stay in the kernel, and who uses them waits. */
    @Override
    public void close() {
        // All at once: each may wait for its last commands.
        try (ExecutorService stopping = Executors.newVirtualThreadPerTaskExecutor()) {
            served.keySet().forEach(backstore -> stopping.execute(() -> stop(backstore)));
        }
        watchdog.interrupt();
    }
}
