package io.obd.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetadataSchemaTest {
    /** What the first version made. */
    private static final List<String> FIRST = List.of(
            "PRAGMA application_id = " + 0x6f626473,
            """
            CREATE TABLE snapshots (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
                parent INTEGER REFERENCES snapshots (id), kind TEXT NOT NULL, layer TEXT NOT NULL,
                created INTEGER NOT NULL, updated INTEGER NOT NULL, size INTEGER, inodes INTEGER)""",
            "CREATE INDEX snapshots_by_parent ON snapshots (parent)",
            """
            CREATE TABLE labels (snapshot INTEGER NOT NULL REFERENCES snapshots (id) ON DELETE CASCADE,
                key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (snapshot, key)) WITHOUT ROWID""",
            "CREATE TABLE ids (next INTEGER NOT NULL)",
            "INSERT INTO ids VALUES (129)",
            "PRAGMA user_version = 1");

    @TempDir
    Path dir;

    @Test
    void theFirstVersionIsBroughtUpToDateWithAllItsLabels() throws Exception {
        Path file = dir.resolve("metadata.sqlite");
        try (Session session = Session.open(file)) {
            for (String statement : FIRST) {
                session.execute(statement);
            }
            session.execute("INSERT INTO snapshots VALUES (1, 'base', NULL, 'committed', 'ordinary', 1, 2, 30, 4)");
            session.execute("INSERT INTO snapshots VALUES (2, 'top', 1, 'active', 'ordinary', 3, 4, NULL, NULL)");
            session.execute("INSERT INTO labels VALUES (1, 'a', 'x \"y\" \\ z'), (1, 'b', 'ü'), (1, 'c', '')");
        }

        try (MetadataStore store = MetadataStore.open(file)) {
            assertThat(store.get("base").labels()).isEqualTo(Map.of("a", "x \"y\" \\ z", "b", "ü", "c", ""));
            assertThat(store.usage(1)).contains(new Usage(30, 4));
            assertThat(store.get("top").labels()).isEmpty();
            assertThat(store.get("top").parent()).isEqualTo("base");
            assertThat(store.reserveId()).isEqualTo(129);
        }
    }

    @Test
    void damagedLabelsAreRefusedWithTheNameOfTheirSnapshot() throws Exception {
        Path file = dir.resolve("metadata.sqlite");
        MetadataStore.open(file).close();
        try (Session session = Session.open(file)) {
            session.execute("INSERT INTO snapshots (id, name, kind, layer, created, updated, labels)"
                    + " VALUES (1, 'base', 'active', 'ordinary', 1, 2, '{\"a\"')");
        }

        assertThatThrownBy(() -> MetadataStore.open(file))
                .hasMessageContaining(file.toString())
                .hasMessageContaining("snapshot base");
    }
}
