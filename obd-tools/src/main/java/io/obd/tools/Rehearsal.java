package io.obd.tools;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A run of the tools, one after another in this process: the JVM's ahead-of-time cache of them is recorded from it. */
public final class Rehearsal {
    private static final int TAR_END = 1024;

    private Rehearsal() {}

    /** Exits with 0 if all went well. */
    public static void main(String[] args) throws IOException {
        Path directory = Files.createTempDirectory("overlaybd-rehearsal-");
        int exitCode = 0;
        try {
            for (String[] tool : tools(directory)) {
                PrintWriter silent = new PrintWriter(Writer.nullWriter());
                exitCode |= Main.run(silent, new PrintWriter(System.err, true, StandardCharsets.UTF_8), tool);
            }
        } finally {
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
        System.exit(exitCode);
    }

    private static List<String[]> tools(Path directory) throws IOException {
        String data = directory.resolve("data").toString();
        String index = directory.resolve("index").toString();
        String layer = directory.resolve("layer").toString();
        String config = directory.resolve("config.v1.json").toString();
        Path tar = Files.write(directory.resolve("tar"), new byte[TAR_END]);
        Files.writeString(
                directory.resolve("config.v1.json"),
                "{\"lowers\":[],\"upper\":{\"data\":\"" + data + "\",\"index\":\"" + index + "\"}}");
        return List.of(
                new String[] {"overlaybd-create", data, index, "1", "--mkfs"},
                new String[] {"overlaybd-apply", tar.toString(), config},
                new String[] {"overlaybd-commit", "-z", "-t", data, index, layer},
                new String[] {"overlaybd-zfile", "--verify", layer},
                new String[] {"overlaybd-merge", config, layer},
                new String[] {"overlaybd-resize", "--help"});
    }
}
