package io.obd.tools.obd;

import io.obd.fs.tar.ByteString;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A run of {@code obd} in this process. */
record ObdRun(int exitCode, ByteString output, String err) {
    /** Layers A, B and C of the original. */
    static final Path GOLDEN = Path.of("src/test/resources/apply").toAbsolutePath();

    /** What the kernel shows of the three together. */
    static final Path TREE =
            Path.of("../libs/image-fs/src/test/resources/layers/tree-ABC.json").toAbsolutePath();

    /** Runs it; arguments are taken as their text. */
    static ObdRun of(Object... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        StringWriter err = new StringWriter();
        String[] args = Arrays.stream(arguments).map(String::valueOf).toArray(String[]::new);
        int exitCode = Main.run(out, new PrintWriter(err, true), Map.of("DOCKER_CONFIG", "/nonexistent"), args);
        return new ObdRun(exitCode, ByteString.copyOf(out.toByteArray()), err.toString());
    }

    /** A device specification of layers of the original. */
    static Path config(Path directory, String... layers) throws IOException {
        String lowers = Stream.of(layers)
                .map(layer -> "{\"file\": \"" + GOLDEN.resolve("layer-" + layer + ".obd") + "\"}")
                .collect(Collectors.joining(","));
        return Files.writeString(
                directory.resolve(String.join("", layers) + ".json"),
                "{\"repoBlobUrl\": \"\", \"lowers\": [" + lowers + "], \"upper\": {}, \"resultFile\": \"\"}");
    }

    byte[] bytes() {
        return output.toBytes();
    }

    String out() {
        return new String(bytes(), StandardCharsets.UTF_8);
    }
}
