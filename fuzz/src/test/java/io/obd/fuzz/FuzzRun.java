package io.obd.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Jazzer on one target, in a JVM of its own that has little memory: an allocation whose size a file dictates ends as a
 * finding.
 *
 * @param target simple name of the class
 * @param corpus the inputs it starts from; not written to
 * @param work for new inputs, findings and the output; made anew
 * @param duration how long it looks for findings
 */
record FuzzRun(String target, Path corpus, Path work, Duration duration) {
    private static final String PACKAGE = "io.obd.lsmt.";

    /**
     * What a JVM of 64 MB can carry. Jazzer reads the class files of all modules to find out where its hooks go, which is
     * more than that for a whole JDK.
     */
    private static final List<String> JVM = List.of(
            "-Xmx64m",
            "-XX:MaxDirectMemorySize=64m",
            "-XX:+UseSerialGC",
            "-XX:+EnableDynamicAgentLoading",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "--limit-modules=java.base,java.instrument,java.logging,java.management,jdk.attach,jdk.unsupported");

    /** The test libraries stay out, for the same reason. */
    private static final Pattern NOT_NEEDED =
            Pattern.compile(".*(test-classes|junit|jupiter|assertj|byte-buddy|opentest4j|apiguardian|surefire).*");

    private static final Duration ONE_INPUT = Duration.ofSeconds(10);
    private static final Duration START = Duration.ofMinutes(2);
    private static final int MAX_INPUT = 64 << 10;

    /** Half of it is the JVM itself; native memory that is not given back fills the rest. */
    private static final int RESIDENT_MB = 512;

    private static final Pattern EXECUTIONS = Pattern.compile("stat::number_of_executed_units: (\\d+)");
    private static final Pattern COVERAGE = Pattern.compile("cov: (\\d+) ft: (\\d+)");
    private static final Pattern FINDING = Pattern.compile("(?m)^(== .*|==\\d+== ERROR.*|Exception in thread.*)$");

    /** Runs to the end or to the first finding. */
    FuzzResult run() throws IOException, InterruptedException {
        Path found = Files.createDirectories(work.resolve("corpus"));
        Path output = work.resolve("output");
        Process process = new ProcessBuilder(command(found))
                .directory(work.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        boolean ended = process.waitFor(duration.plus(START).toSeconds(), TimeUnit.SECONDS);
        process.destroyForcibly().waitFor();
        String text = Files.readString(output);
        List<MatchResult> coverage = COVERAGE.matcher(text).results().toList();
        return new FuzzResult(
                target,
                duration,
                EXECUTIONS
                        .matcher(text)
                        .results()
                        .mapToLong(match -> Long.parseLong(match.group(1)))
                        .findFirst()
                        .orElse(0),
                coverage.isEmpty() ? 0 : Integer.parseInt(coverage.getLast().group(1)),
                coverage.isEmpty() ? 0 : Integer.parseInt(coverage.getLast().group(2)),
                ended && process.exitValue() == 0 ? "" : finding(text),
                work);
    }

    private List<String> command(Path found) {
        String classPath = Stream.of(System.getProperty("java.class.path").split(":"))
                .filter(entry -> !NOT_NEEDED.matcher(entry).matches())
                .collect(Collectors.joining(":"));
        return Stream.concat(
                        Stream.concat(Stream.of(System.getProperty("java.home") + "/bin/java"), JVM.stream()),
                        Stream.of(
                                "-Djava.io.tmpdir=" + work,
                                "-cp",
                                classPath,
                                "com.code_intelligence.jazzer.Jazzer",
                                "--target_class=" + PACKAGE + target,
                                "--instrumentation_includes=io.obd.**",
                                // Guides towards paths that leave a directory; no target has any, and it is slow.
                                "--disabled_hooks=com.code_intelligence.jazzer.sanitizers.FilePathTraversal",
                                "-artifact_prefix=" + work + "/",
                                "-max_total_time=" + duration.toSeconds(),
                                "-max_len=" + MAX_INPUT,
                                "-timeout=" + ONE_INPUT.toSeconds(),
                                "-rss_limit_mb=" + RESIDENT_MB,
                                "-print_final_stats=1",
                                found.toString(),
                                corpus.toString()))
                .toList();
    }

    private static String finding(String text) {
        Matcher matcher = FINDING.matcher(text);
        return matcher.find() ? matcher.group() : "no end, or no start";
    }
}
