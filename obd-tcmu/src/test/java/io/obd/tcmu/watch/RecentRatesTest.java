package io.obd.tcmu.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RecentRatesTest {
    @Test
    void theyAreAboutTheLastInterval() {
        RecentRates rates = new RecentRates();
        rates.add(1000, 5);
        rates.add(3000, 7);
        assertThat(rates.last()).isEqualTo(new RecentRates.Figures(0, 0, 0));

        rates.turn(Duration.ofSeconds(2));
        assertThat(rates.last()).isEqualTo(new RecentRates.Figures(1, 2000, 7));

        rates.add(500, 3);
        rates.turn(Duration.ofSeconds(1));
        assertThat(rates.last()).isEqualTo(new RecentRates.Figures(1, 500, 3));
        assertThat(rates.total()).isEqualTo(4500);
    }
}
