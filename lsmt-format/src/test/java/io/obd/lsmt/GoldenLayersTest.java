package io.obd.lsmt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.obd.block.FileBlob;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Layers and stacks that the original made hold what its manifest says. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GoldenLayersTest {
    private final Golden golden = new Golden();

    @TempDir
    Path dir;

    @TestFactory
    Stream<DynamicTest> committedAndSealedLayers() {
        return Golden.cases()
                .filter(c -> c.get("kind").asText().matches("committed RO layer|sealed RO layer.*"))
                .map(c -> DynamicTest.dynamicTest(c.get("name").asText(), () -> {
                    try (LayeredImage image = open(c.get("name").asText())) {
                        assertHolds(image, c);
                    }
                }));
    }

    @Test
    void everyLayerOfAStackAlone() throws IOException {
        JsonNode stack = Golden.named("lsmt/stack-3");
        for (int i = 0; i < stack.get("layers").size(); i++) {
            try (LayeredImage image =
                    open("lsmt/stack-3/" + stack.get("layers").get(i).asText())) {
                assertThat(golden.hash(image))
                        .isEqualTo(stack.get("each_alone_flat_sha256").get(i).asText());
            }
        }
    }

    @Test
    void aStackAndWhatItWasMergedInto() throws IOException {
        JsonNode stack = Golden.named("lsmt/stack-3");
        try (LayeredImage image = LayeredImage.open(layers(stack), null)) {
            assertHolds(image, stack);
        }
        try (LayeredImage image = open("lsmt/stack-3/merged-raw.lsmt")) {
            assertHolds(image, stack);
        }
        try (LayeredImage image = open("lsmt/stack-3/merged-lz4.zfile")) {
            assertHolds(image, stack);
        }
    }

    @Test
    void aLayerCommittedFromASparseOne() throws IOException {
        try (LayeredImage image = open("lsmt/rw-sparse-1/commit-lz4.zfile")) {
            assertHolds(image, Golden.named("lsmt/rw-sparse-1"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"upper", "upper-vsize0"})
    void aWritableLayerOnAStack(String upper) throws IOException {
        JsonNode stack = Golden.named("lsmt/stack-3");
        try (LayeredImage image = LayeredImage.open(layers(stack), writable("lsmt/stack-3/" + upper))) {
            assertHolds(image, Golden.named("lsmt/stack-3/" + upper));
        }
    }

    @Test
    void aWritableLayerAlone() throws IOException {
        try (LayeredImage image = LayeredImage.open(List.of(), writable("lsmt/rw-log-1"))) {
            assertHolds(image, Golden.named("lsmt/rw-log-1"));
        }
    }

    @Test
    void theNamesOfALayer() throws IOException {
        try (Layer layer = Layer.open(FileBlob.open(Golden.file("lsmt/commit-1/raw-uuid.lsmt")))) {
            assertThat(layer.uuid()).isEqualTo(UUID.fromString("6f0e1a52-3c77-4b0e-9a3b-0c1d2e3f4a5b"));
            assertThat(layer.parentUuid()).isEqualTo(UUID.fromString("1b2c3d4e-5f60-4712-8a9b-acbdcedfe0f1"));
            assertThat(layer.userTag()).isEqualTo("hello overlaybd 例");
            assertThat(layer.virtualSize()).isEqualTo(1L << 30);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ext4-gz", "erofs-gz"})
    void aTurboOciLayerIsRefusedByName(String name) {
        assertThatThrownBy(() -> open("turbooci/" + name + ".fs.meta"))
                .isInstanceOf(UnsupportedLayerException.class)
                .hasMessageContaining("TurboOCI layer");
    }

    private void assertHolds(LayeredImage image, JsonNode expected) throws IOException {
        assertThat(image.size()).isEqualTo(expected.get("vsize").asLong());
        assertThat(golden.hash(image)).isEqualTo(expected.get("flat_sha256").asText());
    }

    private WritableLayer writable(String name) throws IOException {
        return WritableLayer.open(Golden.copy(name + "/data", dir), Golden.copy(name + "/index", dir));
    }

    private static LayeredImage open(String name) throws IOException {
        return LayeredImage.open(List.of(Layer.open(FileBlob.open(Golden.file(name)))), null);
    }

    private static List<Layer> layers(JsonNode stack) throws IOException {
        List<Layer> layers = new ArrayList<>();
        for (JsonNode name : stack.get("layers")) {
            layers.add(Layer.open(FileBlob.open(Golden.file("lsmt/stack-3/" + name.asText()))));
        }
        return layers;
    }
}
