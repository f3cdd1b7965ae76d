package io.obd.tcmu;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.linux.NotifyReceiver;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ServiceManagerTest {
    private static final Map<String, String> WELL = Map.of("requests", Health.OK);
    private static final Map<String, String> ILL = Map.of("requests", "2 have had no answer for more than 75 s");

    @TempDir
    Path dir;

    @Test
    void systemdIsToldOfTheStartTheHealthAndTheEnd() throws Exception {
        String address = dir.resolve("notify").toString();
        try (NotifyReceiver systemd = NotifyReceiver.listen(address)) {
            ServiceManager manager =
                    ServiceManager.ready(Map.of("NOTIFY_SOCKET", address, "WATCHDOG_USEC", "2000000"), () -> WELL);
            assertThat(systemd.receive()).startsWith("READY=1\n");
            assertThat(systemd.receive()).isEqualTo("WATCHDOG=1");
            assertThat(systemd.receive()).isEqualTo("WATCHDOG=1");

            manager.close();

            String last = systemd.receive();
            while (last.equals("WATCHDOG=1")) {
                last = systemd.receive();
            }
            assertThat(last).isEqualTo("STOPPING=1");
        }
    }

    @Test
    void whatIsNotWellSaysNothing() throws Exception {
        String address = "@overlaybd-test-" + UUID.randomUUID();
        AtomicInteger asked = new AtomicInteger();
        try (NotifyReceiver systemd = NotifyReceiver.listen(address)) {
            ServiceManager manager =
                    ServiceManager.ready(Map.of("NOTIFY_SOCKET", address, "WATCHDOG_USEC", "2000"), () -> {
                        asked.incrementAndGet();
                        return ILL;
                    });
            assertThat(systemd.receive()).startsWith("READY=1\n");
            Await.that("five looks at the health", () -> asked.get() >= 5);

            manager.close();

            assertThat(systemd.receive()).isEqualTo("STOPPING=1");
        }
    }

    @Test
    void withoutSystemdThereIsNobodyToTell() throws Exception {
        try (ServiceManager manager = ServiceManager.ready(Map.of(), () -> WELL)) {
            assertThat(manager).isNotNull();
        }
    }
}
