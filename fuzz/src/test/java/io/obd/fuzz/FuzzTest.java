package io.obd.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** Looks for inputs that break a reader: {@code -Dfuzz.seconds} for each of {@code -Dfuzz.targets}, three at a time. */
@Tag("fuzz")
class FuzzTest {
    private static final int AT_A_TIME = 3;

    @TestFactory
    List<DynamicTest> noInputBreaksTheReader() throws IOException, InterruptedException {
        Duration duration = Duration.ofSeconds(Long.getLong("fuzz.seconds", 30));
        Path work = Files.createTempDirectory(Files.createDirectories(Path.of("target/fuzz")), "run-")
                .toAbsolutePath();
        try (ExecutorService runs = Executors.newFixedThreadPool(AT_A_TIME)) {
            return runs
                    .invokeAll(Stream.of(System.getProperty("fuzz.targets").split(","))
                            .<Callable<DynamicTest>>map(target -> () -> run(target, work.resolve(target), duration))
                            .toList())
                    .stream()
                    .map(test -> test.resultNow())
                    .toList();
        }
    }

    private static DynamicTest run(String target, Path work, Duration duration)
            throws IOException, InterruptedException {
        FuzzResult result = new FuzzRun(target, Corpus.of(target).toAbsolutePath(), work, duration).run();
        System.out.println(result);
        return DynamicTest.dynamicTest(target, () -> {
            assertThat(result.finding()).as(result.toString()).isEmpty();
            assertThat(result.executions()).as(result.toString()).isPositive();
            assertThat(result.edges()).as(result.toString()).isPositive();
        });
    }
}
