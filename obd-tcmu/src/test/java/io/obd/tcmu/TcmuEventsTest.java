package io.obd.tcmu;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.linux.Errno;
import io.obd.linux.ErrnoException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

class TcmuEventsTest {
    @Test
    void theCauseOfAFailureIsTheAnswer() {
        assertThat(TcmuEvents.errno(new IOException("x", new NoSuchFileException("f"))))
                .isEqualTo(Errno.ENOENT.number());
        assertThat(TcmuEvents.errno(new ErrnoException("open", Errno.ENOSPC.number())))
                .isEqualTo(Errno.ENOSPC.number());
        assertThat(TcmuEvents.errno(new IOException("registry"))).isEqualTo(Errno.EIO.number());
    }

    @Test
    void nobodyIsToldToTryAgainForEver() {
        assertThat(TcmuEvents.errno(new ErrnoException("open", Errno.EINTR.number())))
                .isEqualTo(Errno.EIO.number());
        assertThat(TcmuEvents.errno(new ErrnoException("open", Errno.EAGAIN.number())))
                .isEqualTo(Errno.EIO.number());
    }
}
