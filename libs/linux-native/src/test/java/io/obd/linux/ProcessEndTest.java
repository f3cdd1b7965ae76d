package io.obd.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class ProcessEndTest {
    private static final Set<Thread.State> WAITING = EnumSet.of(Thread.State.BLOCKED, Thread.State.WAITING);

    @Test
    void theExitCodeIsTheOneGivenAndWhatWasPrintedIsThere() throws IOException, InterruptedException {
        Process process = start(Ending.class, List.of());

        assertThat(output(process)).isEqualTo("the last words");
        assertThat(process.waitFor()).isEqualTo(7);
    }

    @Test
    void theJvmEndsByItselfWhereItHasOptionsOfItsOwn() throws IOException, InterruptedException {
        Process process = start(Ending.class, List.of("-Xlog:safepoint*=off"), Map.of("OVERLAYBD_JAVA_OPTS", "-Xint"));

        assertThat(output(process)).isEqualTo("the last wordsa hook ran");
        assertThat(process.waitFor()).isEqualTo(7);
    }

    @Test
    void aProcessThatASignalEndsEndsAsThatWillHaveIt() throws IOException, InterruptedException {
        Process process = start(Interrupted.class, List.of());

        assertThat(process.getInputStream().read()).isEqualTo('!');
        process.destroy();

        assertThat(process.waitFor()).isEqualTo(128 + 15);
    }

    @Test
    void theLastStepOfAHookDecidesOnTheStatus() throws IOException, InterruptedException {
        Process process = start(Halting.class, List.of());

        assertThat(process.getInputStream().read()).isEqualTo('!');
        process.destroy();

        assertThat(process.waitFor()).isEqualTo(3);
    }

    private static String output(Process process) throws IOException {
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static Process start(Class<?> program, List<String> flags) throws IOException {
        return start(program, flags, Map.of());
    }

    private static Process start(Class<?> program, List<String> flags, Map<String, String> environment)
            throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"));
        builder.command().addAll(flags);
        builder.command().add(program.getName());
        for (String name : List.of("OVERLAYBD_AOT_RECORD", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS")) {
            builder.environment().remove(name);
        }
        builder.environment().putAll(environment);
        return builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    static final class Ending {
        private Ending() {}

        public static void main(String[] args) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                System.out.print("a hook ran");
                System.out.flush();
            }));
            System.out.print("the last words");
            ProcessEnd.exit(7);
        }
    }

    static final class Interrupted {
        private Interrupted() {}

        public static void main(String[] args) throws InterruptedException {
            CountDownLatch interrupted = new CountDownLatch(1);
            AtomicBoolean ending = new AtomicBoolean();
            Thread main = Thread.currentThread();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                interrupted.countDown();
                awaitExit(main, ending);
            }));
            System.out.print("!");
            System.out.flush();
            interrupted.await();
            ending.set(true);
            ProcessEnd.exit(7);
        }

        /** Until the thread waits in System.exit, from which it never returns. */
        private static void awaitExit(Thread thread, AtomicBoolean ending) {
            while (!ending.get() || !WAITING.contains(thread.getState())) {
                Thread.onSpinWait();
            }
        }
    }

    static final class Halting {
        private Halting() {}

        public static void main(String[] args) throws IOException {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> ProcessEnd.halt(3)));
            System.out.print("!");
            System.out.flush();
            Pipe pipe = Pipe.open();
            pipe.source().read(ByteBuffer.allocate(1));
        }
    }
}
