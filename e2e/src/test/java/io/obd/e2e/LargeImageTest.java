package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The memory of a conversion does not depend on the image. */
@Tag("e2e")
class LargeImageTest {
    private static final boolean LONG = Boolean.getBoolean("e2e.long");
    private static final int MEGABYTES = LONG ? 10 * 1024 : 256;
    private static final int FILES = LONG ? 200_000 : 5_000;
    private static final long MAX_RSS = 512L << 20;

    /** Runs a command and prints the most memory that it had, in KiB. */
    private static final String WATCHED = "import resource, subprocess, sys; status = subprocess.call(sys.argv[1:]);"
            + " print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(status)";

    @Test
    void aLargeImageIsConvertedInLittleMemory() throws Exception {
        Path directory = TestEnvironment.directory(LargeImageTest.class);
        try {
            Path source = directory.resolve("source");
            Path target = directory.resolve("target");
            Commands commands = Commands.in(directory).within(Duration.ofMinutes(20));
            commands.run(
                            TestEnvironment.sources().resolve("large-image").toString(),
                            source.toString(),
                            Integer.toString(MEGABYTES),
                            Integer.toString(FILES))
                    .orFail();

            Run run = commands.run(
                            "python3",
                            "-c",
                            WATCHED,
                            TestEnvironment.installation().convertor(),
                            "-r",
                            "oci:" + source,
                            "-o",
                            "obd",
                            "--json",
                            "--output-repository",
                            "oci:" + target)
                    .orFail();

            List<String> lines = run.out().lines().toList();
            JsonNode done = Json.read(lines.get(lines.size() - 2));
            long rss = Long.parseLong(lines.getLast()) << 10;
            System.out.printf(
                    "%d MB in large files, %d small files: %.1f s, %d MiB of memory, %d MB of result%n",
                    MEGABYTES,
                    FILES,
                    done.get("milliseconds").asLong() / 1e3,
                    rss >> 20,
                    done.get("resultBytes").asLong() / 1_000_000);
            assertThat(done.get("event").asText()).isEqualTo("done");
            assertThat(rss).isLessThan(MAX_RSS);
        } finally {
            Directories.delete(directory);
        }
    }
}
