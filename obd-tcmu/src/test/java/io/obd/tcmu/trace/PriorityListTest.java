package io.obd.tcmu.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.tcmu.trace.PriorityList.Entry;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class PriorityListTest {
    @Test
    void aLineIsAFileOrADirectory() throws IOException {
        assertThat(PriorityList.parse("/usr/bin/app\n\n lib/a.so \n/etc/\nusr/share/*\n/\n", "list")
                        .entries())
                .containsExactly(
                        new Entry("usr/bin/app", false),
                        new Entry("lib/a.so", false),
                        new Entry("etc", true),
                        new Entry("usr/share", true),
                        new Entry("", true));
    }

    @Test
    void pathsWithOtherCharactersAreLeftOut() throws IOException {
        assertThat(PriorityList.parse("/a b\n/c\n/d?\n", "list").entries()).containsExactly(new Entry("c", false));
    }

    @Test
    void aListThatIsTooLongIsRefused() {
        assertThatThrownBy(() -> PriorityList.parse("x".repeat(65537), "list")).hasMessageStartingWith("list: ");
    }
}
