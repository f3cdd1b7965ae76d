package io.obd.convertor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Programs of the system that look at a result. */
final class Tool {
    private static final List<String> PLACES = List.of("/usr/sbin", "/sbin", "/usr/bin");

    private Tool() {}

    static boolean isThere(String name) {
        return PLACES.stream().anyMatch(place -> Files.isExecutable(Path.of(place, name)));
    }

    /** What the program prints; it must end with 0. */
    static String run(String name, String... args) throws IOException, InterruptedException {
        String path = PLACES.stream()
                .map(place -> place + "/" + name)
                .filter(file -> Files.isExecutable(Path.of(file)))
                .findFirst()
                .orElse(name);
        ProcessBuilder builder = new ProcessBuilder(path);
        builder.command().addAll(List.of(args));
        Process process = builder.redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }
}
