package io.obd.blobstore;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StreamsTest {
    private static final long KIB = 1 << 10;
    private static final long MIB = 1 << 20;
    private static final long GRANULE = 256 * KIB;

    private final Streams streams = new Streams(GRANULE, MIB);
    private final List<Long> pieces = new ArrayList<>();
    private long asked;

    private boolean read(long offset, long length) {
        return streams.note(offset, offset + length, 4, 64 * MIB, (from, to) -> {
            pieces.add(to - from);
            asked = to;
            return to;
        });
    }

    @Test
    void whoGoesStraightOnIsAskedAheadForInProportion() {
        read(0, GRANULE);
        read(GRANULE, GRANULE);

        assertThat(asked).isEqualTo(2 * GRANULE + 4 * 2 * GRANULE);
    }

    @Test
    void whatIsAheadStaysTheSameAndIsAskedForBitByBit() {
        for (long at = 0; at < 100 * MIB; at += GRANULE) {
            read(at, GRANULE);
            if (at > 50 * MIB) {
                assertThat(asked - at).isBetween(62 * MIB, 65 * MIB);
            }
        }
        assertThat(pieces.getLast()).isBetween(MIB, 2 * MIB);
    }

    @Test
    void readsThatAreUnderWayAtOnceMayComeInAnyOrder() {
        for (long at = 0; at < 32 * MIB; at += GRANULE) {
            read(at, GRANULE);
        }

        for (long at = 32 * MIB; at < 64 * MIB; at += 4 * MIB) {
            for (long piece : new long[] {3, 0, 2, 1}) {
                assertThat(read(at + piece * MIB, MIB)).isTrue();
            }
        }
        assertThat(asked).isBetween(126 * MIB, 128 * MIB);
    }

    @Test
    void aJumpIsNoWayOn() {
        read(0, GRANULE);
        read(GRANULE, GRANULE);

        assertThat(read(3 * MIB, GRANULE)).isFalse();
    }
}
