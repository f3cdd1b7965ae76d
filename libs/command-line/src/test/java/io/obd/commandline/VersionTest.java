package io.obd.commandline;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

class VersionTest {
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);

    @Command(name = "program")
    static final class Program implements Callable<Integer> {
        @Parameters(index = "0")
        private String required = "";

        @Override
        public Integer call() {
            return required.length();
        }
    }

    @Test
    void itIsTheVersionOfTheBuild() throws IOException {
        String number = Version.TEXT.replaceFirst("^v([^-]*)-obd$", "$1");

        assertThat(Files.readString(Path.of("pom.xml"))).contains("<version>" + number + "</version>");
    }

    @Test
    void aProgramWithoutOptionsPrintsItWhenItIsAllThatIsAskedFor() {
        assertThat(Version.isPrinted(out, "program")).isFalse();
        assertThat(Version.isPrinted(out, "program", "file")).isFalse();
        assertThat(Version.isPrinted(out, "program", "file", "--version")).isFalse();
        assertThat(printed.toString(StandardCharsets.UTF_8)).isEmpty();

        assertThat(Version.isPrinted(out, "program", "--version")).isTrue();
        assertThat(printed.toString(StandardCharsets.UTF_8)).isEqualTo("program " + Version.TEXT + "\n");
    }

    @Test
    void aCommandPrintsItWhateverElseIsMissing() {
        StringWriter text = new StringWriter();

        int code = Version.addTo(new CommandLine(new Program()))
                .setOut(new PrintWriter(text, true))
                .execute("--version");

        assertThat(code).isZero();
        assertThat(text).hasToString("program " + Version.TEXT + "\n");
    }
}
