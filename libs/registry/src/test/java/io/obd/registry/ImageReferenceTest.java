package io.obd.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageReferenceTest {
    private static final String HEX = "a".repeat(64);

    @ParameterizedTest
    @CsvSource({
        "busybox, docker.io/library/busybox, registry-1.docker.io, latest",
        "a/b:1, docker.io/a/b:1, registry-1.docker.io, 1",
        "docker.io/busybox, docker.io/library/busybox, registry-1.docker.io, latest",
        "index.docker.io/a/b, docker.io/a/b, registry-1.docker.io, latest",
        "localhost/a, localhost/a, localhost, latest",
        "h:5000/a/b__c-d.e:v1.0, h:5000/a/b__c-d.e:v1.0, h:5000, v1.0",
        "[::1]:5000/a, [::1]:5000/a, [::1]:5000, latest",
        "quay.io/a, quay.io/a, quay.io, latest"
    })
    void aNameIsCompleted(String text, String full, String apiHost, String target) {
        ImageReference reference = ImageReference.parse(text);
        assertThat(reference).hasToString(full);
        assertThat(reference.apiHost()).isEqualTo(apiHost);
        assertThat(reference.target()).isEqualTo(target);
        assertThat(ImageReference.parse(full)).isEqualTo(reference);
    }

    @Test
    void aDigestDecides() {
        ImageReference reference = ImageReference.parse("h.x/a:tag@sha256:" + HEX);
        assertThat(reference.target()).isEqualTo("sha256:" + HEX);
        assertThat(reference.withTag("t")).hasToString("h.x/a:t");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "A",
                "a:",
                "a@",
                "a/",
                "/a",
                "h.x/",
                "h.x//a",
                "a:b c",
                "a@md5:00",
                "a@sha256:00",
                "h.x/../a",
                "a b",
                "h.x/a?b",
                "https://h.x/a"
            })
    void whatIsNoNameIsRefused(String text) {
        assertThatThrownBy(() -> ImageReference.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void anUnknownDigestAlgorithmIsNamed() {
        assertThatThrownBy(() -> Digest.parse("blake3:" + HEX)).hasMessageContaining("blake3 is not known");
        assertThat(Digest.parse("sha512:" + HEX + HEX).sameKindOf(new byte[0]).algorithm())
                .isEqualTo("sha512");
    }
}
