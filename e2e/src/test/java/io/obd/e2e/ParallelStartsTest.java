package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Many clients at once. */
@Tag("e2e")
class ParallelStartsTest {
    private static final int CLIENTS = 8;

    /** Of these each is a JVM. */
    private static final int PULLS = 3;

    private static final String IMAGE = "golden/busybox:v1_obd";

    @RegisterExtension
    static final RunningStack STACK = new RunningStack(Stack.Settings.usual());

    private final Stack stack = STACK.get();

    @Test
    void clientsThatPullAndStartTheSameImageShareOneDevice() throws Exception {
        TestEnvironment.goldenImage().push("v1_obd", stack.registry(), IMAGE);

        together(PULLS, client -> stack.rpull(IMAGE).orFail());
        together(
                CLIENTS,
                client -> stack.ctr()
                        .run(
                                "run",
                                "-d",
                                "--snapshotter",
                                "overlaybd",
                                stack.repository(IMAGE),
                                id(client),
                                "/bin/sleep",
                                "600")
                        .orFail());

        assertThat(stack.leftovers().loopDevices()).hasSize(1);
        assertThat(stack.imageMounts()).hasSize(1);
        List<Run> read = together(
                CLIENTS,
                client -> stack.ctr()
                        .exec(id(client), "/bin/sha256sum", "/data/noise.bin")
                        .orFail());
        assertThat(read).hasSize(CLIENTS);

        together(CLIENTS, client -> {
            stack.ctr().remove(id(client));
            return client;
        });
        stack.ctr().clear();
        assertThat(stack.leftovers().loopDevices()).isEmpty();
        assertThat(stack.ctr().snapshots("overlaybd")).isEmpty();
    }

    private static String id(int client) {
        return "client" + client;
    }

    private interface Step<T> {
        T of(int client) throws Exception;
    }

    private static <T> List<T> together(int count, Step<T> step) throws Exception {
        try (ExecutorService clients = Executors.newFixedThreadPool(count)) {
            List<Callable<T>> steps = IntStream.range(0, count)
                    .<Callable<T>>mapToObj(client -> () -> step.of(client))
                    .toList();
            List<T> results = new ArrayList<>();
            for (Future<T> result : clients.invokeAll(steps)) {
                results.add(result.get());
            }
            return results;
        }
    }
}
