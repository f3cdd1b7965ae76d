package io.obd.tcmu;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.registry.CredentialSource;
import io.obd.registry.Credentials;
import io.obd.registry.Credentials.UserPassword;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class RememberedCredentialsTest {
    private static final Credentials FILE = new UserPassword("from", "file");
    private static final Credentials HOST = new UserPassword("for", "host");
    private static final Credentials REPOSITORY = new UserPassword("for", "repository");

    private Instant now = Instant.ofEpochSecond(1000);
    private final RememberedCredentials credentials =
            new RememberedCredentials(CredentialSource.ANONYMOUS.except("configured", FILE), () -> now);

    @Test
    void theLongestPrefixCounts() throws IOException {
        credentials.remember("r:5000", HOST, Duration.ofMinutes(1));
        credentials.remember("r:5000/a/b", REPOSITORY, Duration.ofMinutes(1));

        assertThat(credentials.find("r:5000", "a/b/c")).contains(REPOSITORY);
        assertThat(credentials.find("r:5000", "a/bc")).contains(HOST);
        assertThat(credentials.find("other", "a/b")).isEmpty();
    }

    @Test
    void aRegistryIsTheSameHoweverItIsWritten() throws IOException {
        credentials.remember("Registry.Corp:443/a", REPOSITORY, Duration.ofMinutes(1));

        assertThat(credentials.find("registry.corp", "a/b")).contains(REPOSITORY);
        assertThat(credentials.find("registry.corp:5000", "a/b")).isEmpty();
    }

    @Test
    void whatIsConfiguredCountsFirst() throws IOException {
        credentials.remember("configured/a", REPOSITORY, Duration.ofMinutes(1));

        assertThat(credentials.find("configured", "a")).contains(FILE);
    }

    @Test
    void theyAreForgottenWhenTheirTimeIsUp() throws IOException {
        credentials.remember("r", HOST, Duration.ofMinutes(1));
        now = now.plusSeconds(59);
        assertThat(credentials.find("r", "a")).contains(HOST);
        now = now.plusSeconds(1);
        assertThat(credentials.find("r", "a")).isEmpty();
    }
}
