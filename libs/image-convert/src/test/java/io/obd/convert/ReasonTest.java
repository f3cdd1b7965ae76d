package io.obd.convert;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
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
        assertThat(Reason.of(new IOException("why"))).isEqualTo("why");
        assertThat(Reason.of(new IOException())).isEqualTo("IOException");
    }
}
