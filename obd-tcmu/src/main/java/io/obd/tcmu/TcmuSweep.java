package io.obd.tcmu;

import io.obd.linux.Backstore;
import io.obd.linux.Backstores;
import io.obd.linux.Reason;
import io.obd.linux.TcmLoop;
import io.obd.tcmu.DeviceTable.Condition;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes what attaches and detaches that were cut short have left in the kernel: backstores that were never enabled or
 * that no LUN shows, and targets without a LUN.
 *
 * <p>Another program may be making such a thing just now, and the kernel does not tell who did. So only that goes which was
 * there when the daemon started, is the same some time later, and which nobody has asked about in between.
 */
final class TcmuSweep implements Closeable {
    private static final Logger log = LoggerFactory.getLogger(TcmuSweep.class);

    /** How the snapshotters name devices, here and in the original. */
    private static final String DEVICE = "dev_";

    /** Takes a device away if a condition holds while nobody else is at work on it. */
    interface Removal {
        void remove(String id, Condition condition) throws ApiException;
    }

    private final Backstores backstores;
    private final TcmLoop loop;
    private final Duration untouched;
    private final Removal removal;
    private final Map<Backstore, String> halfMade = new ConcurrentHashMap<>();
    private final Map<Path, String> emptyTargets = new ConcurrentHashMap<>();
    private final Thread thread =
            Thread.ofPlatform().name("tcmu-sweep").daemon().unstarted(this::run);

    /** @param untouched how long a thing has to stay as it is before it goes */
    TcmuSweep(Backstores backstores, TcmLoop loop, Duration untouched, Removal removal) {
        this.backstores = backstores;
        this.loop = loop;
        this.untouched = untouched;
        this.removal = removal;
    }

    /** Notes what is half-made now. */
    void look() throws IOException {
        for (Backstore backstore : backstores.list()) {
            if (isHalfMade(backstore)) {
                backstores.identity(backstore).ifPresent(identity -> halfMade.put(backstore, identity));
            }
        }
        emptyTargets.putAll(loop.emptyTargets());
    }

    private boolean isHalfMade(Backstore backstore) throws IOException {
        String configuration = backstores.config(backstore);
        boolean ours = configuration.isEmpty() || TcmuName.isOurs(configuration);
        boolean canBeAskedFor = TcmuName.backstore(TcmuName.id(backstore)).equals(backstore);
        if (!backstore.name().startsWith(DEVICE) || !ours || !canBeAskedFor) {
            return false;
        }
        return !backstores.isEnabled(backstore) || (!configuration.isEmpty() && !loop.isShown(backstore));
    }

    /** Somebody is making this device. */
    void spare(Backstore backstore) {
        halfMade.remove(backstore);
    }

    /** Removes, after a while, what was noted and is still the same. */
    void start() {
        thread.start();
    }

    private void run() {
        try {
            Thread.sleep(untouched);
            clean();
        } catch (InterruptedException e) {
            log.debug("stopped before anything was swept");
        } catch (IOException | RuntimeException e) { // the edge of the thread
            log.warn("looking for what was left half-made: {}", Reason.withCauses(e), e);
        }
    }

    /** Removes what was noted and is still the same. */
    void clean() throws IOException {
        for (Map.Entry<Backstore, String> entry : halfMade.entrySet()) {
            remove(entry.getKey(), entry.getValue());
        }
        Map<Path, String> still = loop.emptyTargets();
        for (Map.Entry<Path, String> entry : emptyTargets.entrySet()) {
            if (entry.getValue().equals(still.get(entry.getKey()))) {
                remove(entry.getKey());
            }
        }
    }

    private void remove(Backstore backstore, String identity) {
        Condition abandoned = () -> halfMade.containsKey(backstore)
                && backstores.identity(backstore).equals(Optional.of(identity))
                && isHalfMade(backstore);
        try {
            removal.remove(TcmuName.id(backstore), abandoned);
        } catch (ApiException e) {
            log.warn("left half-made by somebody: {}: {}", backstore, Reason.withCauses(e));
        }
    }

    private static void remove(Path target) {
        try {
            TcmLoop.removeTarget(target);
            log.info("removed {}, a target without a disk that somebody left", target);
        } catch (IOException e) {
            log.warn("a target without a disk that somebody left: {}", Reason.withCauses(e));
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
