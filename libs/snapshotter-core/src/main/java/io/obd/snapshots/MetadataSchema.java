package io.obd.snapshots;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;

/** The tables of the metadata database, and how an older one becomes the current one. */
final class MetadataSchema {
    /** "obds": tells our files from other SQLite databases. */
    private static final int APPLICATION_ID = 0x6f626473;

    /** What makes version n + 1 out of version n, n being the place in this list. */
    private static final List<List<String>> MIGRATIONS = List.of(
            List.of(
                    // Times are nanoseconds since 1970, sizes bytes.
                    """
            CREATE TABLE snapshots (
                id INTEGER PRIMARY KEY,
                name TEXT NOT NULL UNIQUE,
                parent INTEGER REFERENCES snapshots (id),
                kind TEXT NOT NULL,
                layer TEXT NOT NULL,
                created INTEGER NOT NULL,
                updated INTEGER NOT NULL,
                size INTEGER,
                inodes INTEGER
            )""",
                    "CREATE INDEX snapshots_by_parent ON snapshots (parent)",
                    """
            CREATE TABLE labels (
                snapshot INTEGER NOT NULL REFERENCES snapshots (id) ON DELETE CASCADE,
                key TEXT NOT NULL,
                value TEXT NOT NULL,
                PRIMARY KEY (snapshot, key)
            ) WITHOUT ROWID""",
                    // Ids below next have been given away, whether or not a snapshot came of it.
                    "CREATE TABLE ids (next INTEGER NOT NULL)",
                    "INSERT INTO ids VALUES (1)"),
            // A row for each label took more pages than all the rest of a change.
            List.of("ALTER TABLE snapshots ADD COLUMN labels TEXT NOT NULL DEFAULT '{}'", """
                    UPDATE snapshots SET labels =
                        (SELECT json_group_object(key, value) FROM labels WHERE snapshot = snapshots.id)""", "DROP TABLE labels"));

    private MetadataSchema() {}

    /** Creates the tables or brings them up to date. */
    static void prepare(Session session, Path file) throws SQLException, IOException {
        int version = pragma(session, "user_version");
        if (version == 0) {
            session.execute("PRAGMA application_id = " + APPLICATION_ID);
        } else if (pragma(session, "application_id") != APPLICATION_ID) {
            throw new IOException(file + ": not the metadata of a snapshotter of ours");
        }
        if (version > MIGRATIONS.size()) {
            throw new IOException(file + ": has schema version " + version + ", this program knows up to "
                    + MIGRATIONS.size() + ": install the newer program again");
        }
        for (List<String> migration : MIGRATIONS.subList(version, MIGRATIONS.size())) {
            for (String statement : migration) {
                session.execute(statement);
            }
        }
        session.execute("PRAGMA user_version = " + MIGRATIONS.size());
    }

    private static int pragma(Session session, String name) throws SQLException {
        return session.query("PRAGMA " + name, row -> row.getInt(1)).stream()
                .findFirst()
                .orElse(0);
    }
}
