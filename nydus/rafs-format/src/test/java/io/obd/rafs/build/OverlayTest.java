package io.obd.rafs.build;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.fs.tar.ByteString;
import io.obd.rafs.Attributes;
import io.obd.rafs.FileType;
import io.obd.rafs.Node;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class OverlayTest {
    private static final ByteString OPAQUE = ByteString.of("trusted.overlay.opaque");

    private final Node lower = directory();
    private final Node upper = directory();

    @Test
    void anOciWhiteoutRemovesOneNameOrAllThatIsBelow() {
        put(lower, "a/gone", file());
        put(lower, "a/stays", file());
        put(lower, "b/gone", file());
        put(upper, "a/.wh.gone", file());
        put(upper, "b/.wh..wh..opq", file());
        put(upper, "b/new", file());

        new Overlay(WhiteoutSpec.OCI).apply(lower, upper);

        assertThat(paths(lower)).containsExactly("a", "a/stays", "b", "b/new");
    }

    @Test
    void aLayerNeverRemovesWhatItHasItself() {
        put(lower, "a", file());
        put(upper, "a", directory());
        put(upper, "a/b", file());
        put(upper, ".wh.a", file());

        new Overlay(WhiteoutSpec.OCI).apply(lower, upper);

        assertThat(paths(lower)).containsExactly("a", "a/b");
    }

    @Test
    void aWhiteoutOfOverlayfsIsADeviceOrAnAttribute() {
        put(lower, "gone", file());
        put(lower, "b/gone", file());
        put(upper, "gone", Node.device(FileType.CHARACTER_DEVICE, attributes(Map.of()), 0, 0));
        put(upper, "device", Node.device(FileType.CHARACTER_DEVICE, attributes(Map.of()), 1, 3));
        put(upper, "b/new", file());
        child(upper, "b").setAttributes(attributes(Map.of(OPAQUE, ByteString.of("y"))));

        new Overlay(WhiteoutSpec.OVERLAYFS).apply(lower, upper);

        assertThat(paths(lower)).containsExactly("b", "b/new", "device");
        assertThat(child(lower, "b").attributes().xattrs()).isEmpty();
    }

    @Test
    void aDirectoryThatALayerDoesNotDescribeStaysAsItIsBelow() {
        Attributes below = new Attributes(01777, 1, 2, Instant.EPOCH.plusSeconds(3), Map.of());
        put(lower, "tmp", directory());
        child(lower, "tmp").setAttributes(below);
        put(upper, "tmp/new", file());
        child(upper, "tmp").setAttributes(Attributes.IMPLIED);
        put(upper, "fresh/new", file());
        child(upper, "fresh").setAttributes(Attributes.IMPLIED);

        new Overlay(WhiteoutSpec.OCI).apply(lower, upper);
        Overlay.settle(lower);

        assertThat(child(lower, "tmp").attributes()).isEqualTo(below);
        assertThat(child(lower, "fresh").attributes()).isEqualTo(Attributes.UNDESCRIBED);
    }

    @Test
    void withoutWhiteoutsEverythingIsAFile() {
        put(lower, "a", file());
        put(upper, ".wh.a", file());

        new Overlay(WhiteoutSpec.NONE).apply(lower, upper);

        assertThat(paths(lower)).containsExactly(".wh.a", "a");
    }

    @Test
    void aDirectoryKeepsWhatItHasAndGetsTheUpperAttributes() {
        put(lower, "a/old", file());
        put(upper, "a/new", file());
        child(upper, "a").setAttributes(new Attributes(0700, 1, 2, Instant.EPOCH, Map.of()));

        new Overlay(WhiteoutSpec.OCI).apply(lower, upper);

        assertThat(paths(lower)).containsExactly("a", "a/new", "a/old");
        assertThat(child(lower, "a").attributes().permissions()).isEqualTo(0700);
    }

    @Test
    void anotherKindOfFileReplacesWhatIsBelow() {
        put(lower, "file", file());
        put(lower, "directory/old", file());
        put(upper, "file/new", file());
        put(upper, "directory", file());

        new Overlay(WhiteoutSpec.OCI).apply(lower, upper);

        assertThat(paths(lower)).containsExactly("directory", "file", "file/new");
    }

    private static Attributes attributes(Map<ByteString, ByteString> xattrs) {
        return new Attributes(0755, 0, 0, Instant.EPOCH, xattrs);
    }

    private static Node directory() {
        return new Node(FileType.DIRECTORY, attributes(Map.of()));
    }

    private static Node file() {
        return new Node(FileType.REGULAR, attributes(Map.of()));
    }

    private static Node child(Node directory, String name) {
        return Objects.requireNonNull(directory.child(ByteString.of(name)));
    }

    private static void put(Node root, String path, Node node) {
        Node directory = root;
        String[] names = path.split("/");
        for (int i = 0; i < names.length - 1; i++) {
            directory = directory.children().computeIfAbsent(ByteString.of(names[i]), _ -> directory());
        }
        directory.children().put(ByteString.of(names[names.length - 1]), node);
    }

    private static Set<String> paths(Node root) {
        Set<String> paths = new TreeSet<>();
        addPaths("", root, paths);
        return paths;
    }

    private static void addPaths(String prefix, Node directory, Set<String> paths) {
        directory.children().forEach((name, node) -> {
            paths.add(prefix + name);
            addPaths(prefix + name + "/", node, paths);
        });
    }
}
