package io.obd.nydusd.data;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DirectContentTest {
    @ParameterizedTest
    @ValueSource(strings = {"v6-none/base.boot", "v6-zstd/base.boot", "v5-lz4_block/base.boot"})
    void aChunkThatIsReadInPartsIsFetchedOnce(String name) throws Exception {
        GoldenImage image = GoldenImage.of(name);
        CountedBlobs counted = new CountedBlobs(image.blobs());
        long stored;
        try (Content content = new DirectContent(image.bootstrap(), counted, true)) {
            stored = image.assertSameInParts(content);
        }
        assertThat(counted.bytes()).hasValue(stored);
        assertThat(counted.reads()).hasValueLessThanOrEqualTo(image.chunks().size());
    }
}
