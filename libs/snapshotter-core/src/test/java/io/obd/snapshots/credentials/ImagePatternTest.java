package io.obd.snapshots.credentials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImagePatternTest {
    @ParameterizedTest
    @CsvSource({
        "123456789.dkr.ecr.us-east-1.amazonaws.com, 123456789.dkr.ecr.us-east-1.amazonaws.com, app, true",
        "*.dkr.ecr.*.amazonaws.com, 123456789.dkr.ecr.us-east-1.amazonaws.com, app, true",
        "*.azurecr.io, team.azurecr.io, app, true",
        "*.azurecr.io, a.b.azurecr.io, app, false",
        "*.azurecr.io, azurecr.io, app, false",
        "gcr.io, eu.gcr.io, app, false",
        "registry.io:8080/team, registry.io:8080, team/app, true",
        "registry.io:8080/team, registry.io:8080, other/app, false",
        "registry.io:8080, registry.io, app, false",
        "registry.io, registry.io:8080, app, false",
        "r?gistry.io, registry.io, app, true",
        "registry.io, registryxio, app, false",
    })
    void globsStandForPartsOfTheHostName(String pattern, String host, String repository, boolean matches) {
        assertThat(ImagePattern.parse(pattern).matches(host, repository)).isEqualTo(matches);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "https://registry.io", "registry.io:port", "/path"})
    void whatIsNoPatternIsRefused(String text) {
        assertThatThrownBy(() -> ImagePattern.parse(text)).hasMessageContaining("host[:port][/path]");
    }
}
