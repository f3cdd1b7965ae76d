package io.obd.tcmu;

import io.obd.linux.ErrnoException;
import io.obd.linux.NotifySocket;
import java.io.Closeable;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells systemd that devices can be attached, and then, at half the interval of its watchdog, that the daemon is well. When
 * it is not, it says nothing, and systemd starts the daemon again. Without systemd it does nothing.
 */
final class ServiceManager implements Closeable {
    private static final Logger log = LoggerFactory.getLogger(ServiceManager.class);

    private final @Nullable NotifySocket socket;
    private final Supplier<Map<String, String>> health;
    private final CountDownLatch closed = new CountDownLatch(1);

    private ServiceManager(@Nullable NotifySocket socket, Supplier<Map<String, String>> health) {
        this.socket = socket;
        this.health = health;
    }

    /**
     * Says that the daemon is ready.
     *
     * @param environment that systemd has set
     * @param health what was found, thing by thing; asked again and again
     */
    static ServiceManager ready(Map<String, String> environment, Supplier<Map<String, String>> health) {
        String address = environment.getOrDefault("NOTIFY_SOCKET", "");
        if (address.isEmpty()) {
            return new ServiceManager(null, health);
        }
        ServiceManager manager;
        try {
            manager = new ServiceManager(NotifySocket.connect(address), health);
        } catch (ErrnoException e) {
            log.warn("systemd cannot be told that this is ready: {}", e.getMessage());
            return new ServiceManager(null, health);
        }
        manager.send("READY=1\nSTATUS=attaching devices on request");
        manager.watchdog(environment)
                .ifPresent(interval -> Thread.ofPlatform()
                        .name("service-watchdog")
                        .daemon()
                        .start(() -> manager.reportUntilClosed(interval)));
        return manager;
    }

    private Optional<Duration> watchdog(Map<String, String> environment) {
        String micros = environment.getOrDefault("WATCHDOG_USEC", "");
        String pid = environment.getOrDefault("WATCHDOG_PID", "");
        boolean forUs = pid.isEmpty()
                || pid.equals(Long.toString(ProcessHandle.current().pid()));
        try {
            return micros.isEmpty() || !forUs
                    ? Optional.empty()
                    : Optional.of(Duration.of(Long.parseLong(micros) / 2, ChronoUnit.MICROS));
        } catch (NumberFormatException _) {
            log.warn("WATCHDOG_USEC is not a number: {}", micros);
            return Optional.empty();
        }
    }

    private void reportUntilClosed(Duration interval) {
        boolean well = true;
        try {
            do {
                Map<String, String> findings = health.get();
                if (Health.isGood(findings)) {
                    send("WATCHDOG=1");
                } else if (well) {
                    log.error("systemd is not told any more that this is well: {}", findings);
                }
                well = Health.isGood(findings);
            } while (!closed.await(interval.toNanos(), TimeUnit.NANOSECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void send(String lines) {
        if (socket != null && closed.getCount() > 0) {
            try {
                socket.send(lines);
            } catch (ErrnoException e) {
                log.warn("systemd cannot be told: {}", e.getMessage());
            }
        }
    }

    /** Says that the daemon stops. */
    @Override
    public void close() throws ErrnoException {
        send("STOPPING=1");
        synchronized (this) {
            if (socket != null && closed.getCount() > 0) {
                socket.close();
            }
            closed.countDown();
        }
    }
}
