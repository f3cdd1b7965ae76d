package io.obd.nydusd.fs;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.fs.tar.ByteString;
import io.obd.fuse.FuseNode;
import io.obd.nydusbackend.config.Settings;
import io.obd.nydusd.data.CacheCounters;
import io.obd.nydusd.data.Content;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.Chunk;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class MountTreeTest {
    private static final long ROOT = 1;

    private final MountTree tree = new MountTree(Instant.EPOCH);
    private int images;

    /** Nobody reads. */
    private record Unread() implements Content {
        @Override
        public void read(Chunk chunk, int from, ByteBuffer dst) {}

        @Override
        public long prefetch(Chunk chunk) {
            return 0;
        }

        @Override
        public CacheCounters counters() {
            return new CacheCounters();
        }

        @Override
        public List<Path> files() {
            return List.of();
        }

        @Override
        public void close() {}
    }

    private RafsImage image(String mountPoint) throws Exception {
        Path golden = Path.of(Objects.requireNonNull(MountTreeTest.class.getResource("/golden/v6-none/base.boot"))
                .toURI());
        Bootstrap bootstrap = Bootstrap.load(golden);
        FileRules rules = new FileRules(Instant.EPOCH, true, 0, 0, false, Settings.IdMapping.NONE);
        images++;
        return new RafsImage(
                mountPoint, images, false, bootstrap, new Unread(), rules, new ImageCounters(false, false, false));
    }

    private List<String> names(long directory) {
        FuseNode node = Objects.requireNonNull(tree.node(directory));
        List<String> names = new ArrayList<>();
        for (int i = 0; i < node.entryCount(); i++) {
            names.add(new String(node.entryName(i), StandardCharsets.UTF_8));
        }
        return names;
    }

    @Test
    void directoriesThatLeadToNothingGoWithTheImage() throws Exception {
        RafsImage one = image("/a/b/one");
        RafsImage two = image("/a/two");
        tree.mount("/a/b/one", one);
        tree.mount("/a/two", two);
        assertThat(names(ROOT)).containsExactly("a");

        List<MountTree.Change> changes = tree.unmount("/a/b/one", one);

        assertThat(changes)
                .extracting(MountTree.Change::name)
                .containsExactly(ByteString.of("one"), ByteString.of("b"));
        assertThat(tree.directories()).containsOnlyKeys("", "/a");
        tree.unmount("/a/two", two);
        assertThat(names(ROOT)).isEmpty();
        assertThat(tree.directories()).containsOnlyKeys("");
    }

    @Test
    void nothingIsKeptOfImagesThatCameAndWent() throws Exception {
        long files = tree.files();
        for (int i = 0; i < 10; i++) {
            RafsImage image = image("/place/image");
            tree.mount("/place/image", image);
            tree.unmount("/place/image", image);
        }

        assertThat(tree.files()).isEqualTo(files);
        assertThat(tree.directories()).hasSize(1);
    }

    @Test
    void aListingGoesOnWhileAnImageGoes() throws Exception {
        RafsImage image = image("/image");
        tree.mount("/image", image);
        FuseNode listed = Objects.requireNonNull(tree.node(ROOT));

        tree.unmount("/image", image);

        assertThat(listed.entryCount()).isEqualTo(1);
        assertThat(listed.entry(0).id()).isEqualTo(image.root().id());
        assertThat(names(ROOT)).isEmpty();
    }
}
