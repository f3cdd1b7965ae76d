package io.obd.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A guest whose kernel has TCMU, which most kernels of build machines lack. It sees the files of this machine, and what
 * it writes is gone with it. The processor is emulated: everything takes many times as long.
 */
record TcmuGuest(Path tools, Path state) {
    private static final Duration LIMIT = Duration.ofMinutes(15);
    private static final String CRASH_OF_THE_JVM = "A fatal error has been detected by the Java Runtime Environment";
    private static final Pattern RESULT = Pattern.compile("(PASS|FAIL) (\\S+) \\((\\d+) s\\)");

    /**
     * What a check came to.
     *
     * @param trace what it did, if it failed
     */
    record Check(String name, boolean passed, String trace) {}

    /** Why there can be no guest here. */
    Optional<String> missing() throws IOException, InterruptedException {
        if (!System.getProperty("os.arch").equals("amd64")) {
            return Optional.of("no qemu guest for " + System.getProperty("os.arch"));
        }
        Run version = Commands.in(state).run("sh", "-c", "command -v qemu-system-x86_64 cpio busybox sg_raw fio curl");
        return version.succeeded() ? Optional.empty() : Optional.of("no qemu, or a tool of the guest is missing");
    }

    /**
     * Starts the guest and has it run checks. A JVM that crashes there has been seen on an emulated processor only: then
     * the guest is started once more.
     *
     * @param script one of the tools, which prints what each check came to
     */
    List<Check> run(String script, Path... arguments) throws IOException, InterruptedException {
        String command = Stream.concat(Stream.of(tools.resolve(script)), Stream.of(arguments))
                .map(Path::toString)
                .collect(Collectors.joining(" "));
        Run run = boot(command);
        if (!run.succeeded() && run.output().contains(CRASH_OF_THE_JVM)) {
            System.out.println("the JVM has crashed in the guest, which is started again; it said\n" + run.output());
            run = boot(command);
        }
        System.out.println(run.out());
        return results(run.orFail().out());
    }

    private Run boot(String command) throws IOException, InterruptedException {
        Run run = Commands.in(state)
                .within(LIMIT)
                .run(tools.resolve("vmrun").toString(), "-t", Long.toString(LIMIT.toSeconds() - 10), command);
        Files.writeString(state.resolve("guest.log"), run.output());
        return run;
    }

    private static List<Check> results(String output) {
        List<Check> checks = new ArrayList<>();
        Matcher matcher = RESULT.matcher("");
        for (String line : output.lines().toList()) {
            if (matcher.reset(line).matches()) {
                checks.add(new Check(matcher.group(2), matcher.group(1).equals("PASS"), ""));
            } else if (line.startsWith("    ") && !checks.isEmpty()) {
                Check last = checks.removeLast();
                checks.add(new Check(last.name(), last.passed(), last.trace() + line + "\n"));
            }
        }
        return checks;
    }
}
