package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TreeComparerTest {
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    @Test
    void everyDifferenceIsNamedWithItsPath() {
        Tree expected = new Tree(Map.of("a", file("x", 1), "b", file("x", 1)));
        Tree actual = new Tree(Map.of("a", file("y", 2), "c", file("x", 1)));

        assertThat(new TreeComparer().differences(expected, actual))
                .containsExactlyInAnyOrder(
                        "/a: content is y instead of x",
                        "/a: links is 2 instead of 1",
                        "/b: is missing",
                        "/c: should not be there");
    }

    @Test
    void linkCountsOfDirectoriesAreLeftOutWhenAsked() {
        Tree expected = new Tree(Map.of("", directory(3)));
        Tree actual = new Tree(Map.of("", directory(1)));

        assertThat(new TreeComparer(TreeComparer.Except.DIRECTORY_LINKS).differences(expected, actual))
                .isEmpty();
        assertThat(new TreeComparer().differences(expected, actual)).hasSize(1);
    }

    @Test
    void namesInAttributeListingsAreUnquoted() {
        String listing = """
                # file: .
                user.a=0x01

                # file: srv/\\303\\274ml\\134
                security.capability=0x02
                trusted.overlay.opaque=0x79
                user.none
                """;

        assertThat(ExtendedAttributes.parse(listing))
                .isEqualTo(Map.of(
                        "",
                        Map.of("user.a", "0x01"),
                        "srv/üml\\",
                        Map.of("security.capability", "0x02", "user.none", "")));
    }

    private static TreeEntry file(String content, int links) {
        return new TreeEntry('f', 0644, 0, 0, 1, links, NOON, content, Map.of());
    }

    private static TreeEntry directory(int links) {
        return new TreeEntry('d', 0755, 0, 0, 0, links, NOON, "", Map.of());
    }
}
