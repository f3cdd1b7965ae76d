package io.obd.linux;

import static org.assertj.core.api.Assertions.assertThat;

import jnr.ffi.LibraryLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ErrnoTest {
    /** The C library's own table. */
    public interface Names {
        String strerrorname_np(int errno);
    }

    private final Names libc = LibraryLoader.create(Names.class).load("c");

    @ParameterizedTest
    @EnumSource
    void theNumbersAreThoseOfThisMachine(Errno errno) {
        assertThat(libc.strerrorname_np(errno.number())).isEqualTo(errno.name());
    }

    @Test
    void aNumberThatIsNotInTheTableIsStillNamed() {
        assertThat(Errno.describe(99)).isEqualTo("errno 99");
        assertThat(Errno.describe(5)).isEqualTo("EIO (input/output error)");
    }
}
