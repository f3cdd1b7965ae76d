package io.obd.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FilterTest {
    private static final Snapshot SNAPSHOT = snapshot(
            "default/3/layer",
            Map.of("containerd.io/snapshot.ref", "sha256:ab", "l", "1", "quoted", "a \"b\", c", "dotted.key", "x"));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "kind==committed",
                "kind",
                "name==default/3/layer",
                "name == default/3/layer",
                "parent==base",
                "name~=layer$",
                "name~=/^default/",
                "name~=|3/lay|",
                "name~=/3\\/lay/",
                "labels.l==1",
                "labels.l",
                "labels.\"containerd.io/snapshot.ref\"==sha256:ab,parent==\"base\"",
                "labels.\"containerd.io/snapshot.ref\"",
                "labels.quoted==\"a \\\"b\\\", c\"",
                "labels.\"quoted\"==\"\\x61 \\\"b\\u0022, \\143\"",
                "labels.dotted.key==x",
                "labels.none!=1",
                "kind!=view, labels.l != 2",
            })
    void matches(String filter) throws SnapshotException {
        assertThat(Filter.anyOf(List.of(filter)).test(SNAPSHOT)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "kind==active",
                "labels.none",
                "labels.none==1",
                "labels.none~=.",
                "unknown",
                "labels.l==1,labels.none",
                "labels.l!=1",
                "name~=^layer"
            })
    void doesNotMatch(String filter) throws SnapshotException {
        assertThat(Filter.anyOf(List.of(filter)).test(SNAPSHOT)).isFalse();
    }

    @Test
    void severalFiltersMatchWhatAnyOfThemMatches() throws SnapshotException {
        assertThat(Filter.anyOf(List.of("kind==view", "labels.l==1")).test(SNAPSHOT))
                .isTrue();
        assertThat(Filter.anyOf(List.of("kind==view", "labels.l==2")).test(SNAPSHOT))
                .isFalse();
    }

    @Test
    void noFilterMatchesEverything() throws SnapshotException {
        assertThat(Filter.anyOf(List.of()).test(SNAPSHOT)).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '#',
            quoteCharacter = '`',
            value = {
                "name==                 # 6  # a value is expected",
                "name=a                 # 4  # one of == != ~= is expected",
                "==a                    # 0  # the name of a field is expected",
                "name==a,               # 8  # the name of a field is expected",
                "name==a b              # 8  # a comma is expected",
                "labels.\"x==1          # 7  # the quote is not closed",
                "labels.x==\"1          # 10 # the quote is not closed",
                "labels.x==\"\\q\"      # 11 # unknown escape",
                "labels.x==\"\\x4\"     # 13 # an escape of 2 digits",
                "labels.x==\"\\UFFFFFFFF\" # 13 # an escape of 8 digits",
                "name~=(                # 6  # not a regular expression",
            })
    void aMalformedFilterIsRefusedWithThePosition(String filter, int position, String problem) {
        assertThatThrownBy(() -> Filter.anyOf(List.of("kind==view", filter)))
                .isInstanceOfSatisfying(
                        SnapshotException.class,
                        e -> assertThat(e.code()).isEqualTo(SnapshotException.Code.INVALID_ARGUMENT))
                .hasMessageContaining("filter \"" + filter + "\": at position " + position + ": " + problem);
    }

    @Property
    void anyTextIsReadOrRefused(@ForAll String filter) {
        try {
            assertThat(Filter.anyOf(List.of(filter)).test(SNAPSHOT)).isIn(true, false);
        } catch (SnapshotException e) {
            assertThat(e).hasMessageContaining("at position");
        }
    }

    @Property
    void aQuotedValueMatchesItself(@ForAll String value) throws SnapshotException {
        String quoted = '"' + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
        Snapshot snapshot = snapshot("n", Map.of("a.b", value));

        assertThat(Filter.anyOf(List.of("labels.\"a.b\"==" + quoted)).test(snapshot))
                .isTrue();
    }

    private static Snapshot snapshot(String name, Map<String, String> labels) {
        return new Snapshot(7, name, "base", Kind.COMMITTED, Layer.ORDINARY, labels, Instant.EPOCH, Instant.EPOCH);
    }
}
