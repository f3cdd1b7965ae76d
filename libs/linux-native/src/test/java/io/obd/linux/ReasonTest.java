package io.obd.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

class ReasonTest {
    @Test
    void whatIsWrongWithAFileIsSaidInWords() {
        assertThat(Reason.of(new NoSuchFileException("/a"))).isEqualTo("/a: no such file or directory");
        assertThat(Reason.of(new AccessDeniedException("/a"))).isEqualTo("/a: permission denied");
        assertThat(Reason.of(new FileSystemException("/a", null, "Is a directory")))
                .isEqualTo("/a: Is a directory");
        assertThat(Reason.of(new NoSuchFileException("/a", "/no/b", null)))
                .isEqualTo("/a -> /no/b: no such file or directory");
        assertThat(Reason.of(new FileSystemLoopException("/a"))).isEqualTo("/a: FileSystemLoopException");
        assertThat(Reason.of(new IOException("why\nindeed"))).isEqualTo("why indeed");
        assertThat(Reason.of(new IOException())).isEqualTo("IOException");
    }

    @Test
    void anErrorOfTheProgramIsSaidToBeOne() {
        assertThat(Reason.ofCommand(new IOException("why"))).isEqualTo("why");
        assertThat(Reason.ofCommand(new IllegalStateException("a\nb")))
                .isEqualTo("internal error: java.lang.IllegalStateException: a b");
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
