package io.obd.snapshots.credentials;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.registry.CredentialSource;
import io.obd.registry.Credentials;
import io.obd.registry.Credentials.UserPassword;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CredentialChainTest {
    private static final Credentials OLD = new UserPassword("old", "o");
    private static final Credentials OTHER = new UserPassword("other", "o");

    private Instant now = Instant.ofEpochSecond(1000);
    private final PulledCredentials pulled = new PulledCredentials(() -> now);

    @Test
    void theFirstThatHasSomeCountsAndOneThatFailsIsPassedOver() {
        CredentialSource broken = new CredentialSource() {
            @Override
            public Optional<Credentials> find(String host, String repository) throws IOException {
                throw new IOException("unreadable");
            }

            @Override
            public String name() {
                return "broken";
            }
        };
        CredentialChain chain =
                new CredentialChain(List.of(broken, CredentialSource.ANONYMOUS, CredentialSource.fixed(OTHER)));

        assertThat(chain.find("r", "a")).contains(OTHER);
    }

    @Test
    void whatIsRefusedIsToldToThoseWhoKeepAnswers() {
        List<String> told = new ArrayList<>();
        CredentialSource keeping = new CredentialSource() {
            @Override
            public Optional<Credentials> find(String host, String repository) {
                return Optional.of(OLD);
            }

            @Override
            public void forget(String host, String repository, Optional<Credentials> refused) {
                told.add(host + "/" + repository + " " + refused.equals(Optional.of(OLD)));
            }

            @Override
            public String name() {
                return "keeping";
            }
        };
        new CredentialChain(List.of(keeping)).forget("r", "a", Optional.of(OLD));

        assertThat(told).containsExactly("r/a true");
    }

    @Test
    void whatWasPulledWithCountsForItsRepositoryAlone() throws IOException {
        pulled.remember("R:5000", "team/app", OLD);

        assertThat(pulled.recent().find("r:5000", "team/app")).contains(OLD);
        assertThat(pulled.recent().find("r:5000", "team/app2")).isEmpty();
    }

    @Test
    void afterHoursWhoeverCanRenewHisIsAskedFirst() {
        pulled.remember("r", "a", OLD);
        pulled.remember("r", "only/here", OLD);
        CredentialChain chain = new CredentialChain(
                List.of(pulled.recent(), CredentialSource.ANONYMOUS.except("renewing", OTHER), pulled.all()));
        pulled.remember("renewing", "a", OLD);

        assertThat(chain.find("renewing", "a")).contains(OLD);
        now = now.plus(Duration.ofHours(12));
        assertThat(chain.find("renewing", "a")).contains(OTHER);
        assertThat(chain.find("r", "only/here")).contains(OLD);
    }
}
