package io.obd.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class PathBytesTest {
    @Test
    void asciiNamesAreThemselves() {
        assertThat(PathBytes.of(Path.of("a/b %41"))).isEqualTo("a/b %41\0".getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void everyByteOfANameIsKept() {
        Path latin1 = Path.of(URI.create("file:///tmp/caf%E9%20%25"));
        assertThat(PathBytes.of(latin1)).isEqualTo("/tmp/caf\u00e9 %\0".getBytes(StandardCharsets.ISO_8859_1));
    }

    @Test
    void utf8NamesStayUtf8() {
        Path utf8 = Path.of(URI.create("file:///tmp/F%C5%91"));
        assertThat(PathBytes.of(utf8)).isEqualTo("/tmp/F\u0151\0".getBytes(StandardCharsets.UTF_8));
    }
}
