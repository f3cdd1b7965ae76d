package io.obd.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

class ReasonTest {
    @Test
    void whatIsWrongWithAFileIsSaidInWords() {
        assertThat(Reason.of(new NoSuchFileException("/a"))).isEqualTo("/a: no such file or directory");
        assertThat(Reason.of(new AccessDeniedException("/a"))).isEqualTo("/a: permission denied");
        assertThat(Reason.of(new FileSystemException("/a", null, "Is a directory")))
                .isEqualTo("/a: Is a directory");
        assertThat(Reason.of(new IOException("why\nindeed"))).isEqualTo("why indeed");
        assertThat(Reason.of(new IOException())).isEqualTo("IOException");
    }

    @Test
    void whatIsWrongWithAHostIsSaidInWords() {
        assertThat(Reason.of(new UnresolvedAddressException())).isEqualTo("the host's name cannot be resolved");
        assertThat(Reason.of(new UnknownHostException("nowhere"))).isEqualTo("nowhere: there is no such host");
    }

    @Test
    void causesAreSaidOnceAndWithoutTheirClasses() {
        IOException missing = new NoSuchFileException("/nope");

        assertThat(Reason.withCauses(new UncheckedIOException(missing))).isEqualTo("/nope: no such file or directory");
        assertThat(Reason.withCauses(new IOException("start", new IOException(missing))))
                .isEqualTo("start: /nope: no such file or directory");
    }
}
