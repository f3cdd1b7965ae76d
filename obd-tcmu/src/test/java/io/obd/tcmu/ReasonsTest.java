package io.obd.tcmu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

class ReasonsTest {
    @Test
    void classesAreNotNamed() {
        IOException missing = new NoSuchFileException("/nope");

        assertThat(Reasons.of(new UncheckedIOException(missing))).isEqualTo("/nope: no such file or directory");
        assertThat(Reasons.of(new IOException("start", new IOException(missing))))
                .isEqualTo("start: /nope: no such file or directory");
        assertThat(Reasons.of(new UnresolvedAddressException())).isEqualTo("the host's name cannot be resolved");
        assertThat(Reasons.of(new UnknownHostException("nowhere"))).isEqualTo("nowhere: there is no such host");
    }
}
