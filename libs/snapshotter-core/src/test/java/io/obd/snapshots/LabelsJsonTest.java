package io.obd.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Map;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class LabelsJsonTest {
    @Property
    void whatIsWrittenIsReadAgain(@ForAll Map<String, String> labels) throws IOException {
        assertThat(LabelsJson.read(LabelsJson.write(labels))).isEqualTo(labels);
    }

    @Example
    void aLabelMayBeLongerThanJsonUsuallyIs() throws IOException {
        Map<String, String> labels = Map.of("k".repeat(100_000), "v".repeat(30_000_000));

        assertThat(LabelsJson.read(LabelsJson.write(labels))).isEqualTo(labels);
    }

    @Example
    void whatIsNoObjectOfStringsIsRefused() {
        for (String damaged : new String[] {"", "[]", "{\"a\":1}", "{\"a\":\"b\"", "{\"a\":{}}"}) {
            assertThatThrownBy(() -> LabelsJson.read(damaged)).as(damaged).isInstanceOf(IOException.class);
        }
    }
}
