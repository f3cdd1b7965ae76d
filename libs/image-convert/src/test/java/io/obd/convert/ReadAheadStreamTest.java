package io.obd.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ReadAheadStreamTest {
    @Test
    void allBytesArriveInOrder() throws IOException {
        byte[] bytes = new byte[20_000_001];
        new Random(7).nextBytes(bytes);

        try (ReadAheadStream in = filled(new ByteArrayInputStream(bytes))) {
            assertThat(in.readAllBytes()).isEqualTo(bytes);
            assertThat(in.read()).isNegative();
        }
    }

    @Test
    void anErrorComesAfterTheBytesBeforeIt() throws IOException {
        InputStream failing = new FilterInputStream(InputStream.nullInputStream()) {
            @Override
            public int read(byte[] dst, int offset, int length) throws IOException {
                throw new IOException("broken");
            }
        };
        InputStream source = new SequenceInputStream(new ByteArrayInputStream(new byte[1 << 20]), failing);

        try (ReadAheadStream in = filled(source)) {
            assertThat(in.readNBytes(1 << 20)).hasSize(1 << 20);
            assertThatThrownBy(in::read).isInstanceOf(IOException.class).hasMessage("broken");
        }
    }

    @Test
    void itReadsABoundedNumberOfBytesAhead() throws IOException {
        AtomicLong produced = new AtomicLong();
        InputStream endless = new FilterInputStream(InputStream.nullInputStream()) {
            @Override
            public int read(byte[] dst, int offset, int length) {
                produced.addAndGet(length);
                return length;
            }
        };

        try (ReadAheadStream in = filled(endless)) {
            assertThat(in.read()).isZero();
        }

        assertThat(produced.get()).isLessThanOrEqualTo(4 * 256 * 1024);
    }

    @Test
    void whoReadsWhatIsAbortedFails() throws IOException {
        ReadAheadStream unfilled = new ReadAheadStream(new ByteArrayInputStream(new byte[10]), 4);
        unfilled.abort(new CancellationException("enough"));
        unfilled.fill();
        assertThatThrownBy(unfilled::read)
                .isInstanceOf(CancellationException.class)
                .hasMessage("enough");
        unfilled.close();
    }

    @Test
    void nothingIsReadOfWhatWasClosedBefore() throws IOException {
        ReadAheadStream closed = new ReadAheadStream(
                new FilterInputStream(InputStream.nullInputStream()) {
                    @Override
                    public int read(byte[] dst, int offset, int length) {
                        throw new IllegalStateException("it is closed");
                    }
                },
                4);
        closed.close();
        closed.fill();
        closed.close();
    }

    private static ReadAheadStream filled(InputStream source) {
        ReadAheadStream stream = new ReadAheadStream(source, 4);
        Thread.ofPlatform().daemon().name("test").start(stream::fill);
        return stream;
    }
}
