package io.obd.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotMakerTest {
    private static final Claim.Ordinary ORDINARY = new Claim.Ordinary();

    @TempDir
    Path dir;

    private final List<WriteAheadLog> logs = new ArrayList<>();

    @Test
    void aRecordThatMayNotBeOnTheDiskKeepsItsDirectory() throws IOException {
        Path database = dir.resolve("metadata.sqlite");
        Path snapshots = Files.createDirectory(dir.resolve("snapshots"));
        MetadataStore store = MetadataStore.open(database, file -> {
            logs.add(WriteAheadLog.open(file));
            return logs.getFirst();
        });
        SnapshotMaker maker = maker(store, snapshots);
        maker.ordinary(request("before"), ORDINARY);
        logs.getFirst().close(); // syncs fail from here on

        assertThatThrownBy(() -> maker.ordinary(request("lost"), ORDINARY)).isInstanceOf(LogLostException.class);

        try (MetadataStore next = MetadataStore.open(database)) {
            assertThat(snapshots.resolve(Long.toString(next.get("lost").id()))).isDirectory();
        }
    }

    private static SnapshotMaker maker(MetadataStore store, Path snapshots) {
        SnapshotDirectories directories = new SnapshotDirectories(snapshots);
        FakeProvider provider = new FakeProvider();
        Layers layers = new Layers(directories, provider);
        return new SnapshotMaker(
                store, directories, provider, layers, new SnapshotLocks(), Clock.systemUTC(), Checkpoint.NONE);
    }

    private static SnapshotMaker.Request request(String key) {
        return new SnapshotMaker.Request(Kind.ACTIVE, key, Map.of(), List.of());
    }
}
