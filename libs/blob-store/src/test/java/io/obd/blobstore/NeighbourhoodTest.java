package io.obd.blobstore;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NeighbourhoodTest {
    private static final long MIB = 1 << 20;

    private final Neighbourhood neighbourhood = new Neighbourhood();

    @Test
    void itBeginsWithALittle() {
        assertThat(neighbourhood.around(64 * MIB)).isEqualTo(2 * MIB);
        assertThat(neighbourhood.around(64 * MIB)).isEqualTo(8 * MIB);
        assertThat(neighbourhood.around(64 * MIB)).isEqualTo(32 * MIB);
    }

    @Test
    void aJumpIsWorthWhatTheWayHoldsInTheEnd() {
        for (int i = 0; i < 5; i++) {
            neighbourhood.around(MIB);
        }
        assertThat(neighbourhood.around(3 * MIB)).isEqualTo(2 * MIB);
        assertThat(neighbourhood.around(20 * MIB)).isEqualTo(16 * MIB);
        assertThat(neighbourhood.around(64 * MIB)).isEqualTo(32 * MIB);
    }

    @Test
    void jumpsThatNeverFindAnythingAreWorthLittleInTheEnd() {
        long fetched = 0;
        for (int i = 0; i < 100; i++) {
            fetched += neighbourhood.around(64 * MIB);
        }

        assertThat(neighbourhood.around(64 * MIB)).isEqualTo(MIB);
        assertThat(fetched).isLessThan(600 * MIB);
    }

    @Test
    void jumpsThatFindSomethingAreWorthMoreAgain() {
        for (int i = 0; i < 100; i++) {
            neighbourhood.around(64 * MIB);
        }
        for (int i = 0; i < 3; i++) {
            neighbourhood.served();
        }

        assertThat(neighbourhood.around(64 * MIB)).isEqualTo(32 * MIB);
    }
}
