package io.obd.nydusd.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class CacheRoomTest {
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
    private final CacheRoom room = new CacheRoom(Path.of("/cache"), now::get);

    private void failed() {
        room.failed(new IOException("No space left on device"));
    }

    @Test
    void itIsTriedAgainAfterAPause() {
        assertThat(room.isOpen()).isTrue();
        failed();
        assertThat(room.isOpen()).isFalse();
        now.addAndGet(CacheRoom.PAUSE.toNanos() - 1);
        assertThat(room.isOpen()).isFalse();
        now.addAndGet(1);
        assertThat(room.isOpen()).isTrue();
        failed();
        assertThat(room.isOpen()).isFalse();
    }

    @Test
    void itIsOverWhenNothingHasFailedForAWhile() {
        assertThat(room.worked()).isFalse();
        failed();
        now.addAndGet(CacheRoom.CALM.toNanos() - 1);
        assertThat(room.worked()).isFalse();
        failed();
        now.addAndGet(CacheRoom.CALM.toNanos());
        assertThat(room.worked()).isTrue();
        assertThat(room.worked()).isFalse();
    }
}
