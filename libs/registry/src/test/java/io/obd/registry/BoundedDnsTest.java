package io.obd.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BoundedDnsTest {
    private static final List<InetAddress> HOME = List.of(InetAddress.getLoopbackAddress());

    @Test
    void aServerThatDoesNotAnswerIsNotWaitedForLongerThanTheLimit() throws Exception {
        CountDownLatch mayAnswer = new CountDownLatch(1);
        AtomicInteger asked = new AtomicInteger();
        BoundedDns dns = new BoundedDns(
                name -> {
                    asked.incrementAndGet();
                    await(mayAnswer);
                    return HOME;
                },
                Duration.ofMillis(100));

        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<List<InetAddress>>> all = List.of(
                    threads.submit(() -> dns.lookup("registry.example")),
                    threads.submit(() -> dns.lookup("registry.example")));
            for (Future<List<InetAddress>> each : all) {
                assertThatThrownBy(each::get)
                        .hasCauseInstanceOf(UnknownHostException.class)
                        .hasMessageContaining("registry.example: no name server answered within 0.1 s");
            }
        }
        assertThat(asked).hasValue(1);
        mayAnswer.countDown();
    }

    @Test
    void whatTheSystemSaysIsPassedOn() throws Exception {
        BoundedDns dns = new BoundedDns(
                name -> {
                    if (name.equals("known")) {
                        return HOME;
                    }
                    throw new UnknownHostException(name + ": Name or service not known");
                },
                Duration.ofSeconds(30));

        assertThat(dns.lookup("known")).isEqualTo(HOME);
        assertThat(dns.lookup("known")).isEqualTo(HOME);
        assertThatThrownBy(() -> dns.lookup("unknown"))
                .isInstanceOf(UnknownHostException.class)
                .hasMessage("unknown: Name or service not known");
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
