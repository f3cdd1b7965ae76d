package io.obd.snapshots;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The records of all snapshots, durable when a call returns. Rules that concern records alone (names are unique, a
 * parent is committed, only leaves go) are kept here, in the transaction that makes the change.
 */
final class MetadataStore implements AutoCloseable {
    private static final String COLUMNS = """
            SELECT s.id, s.name, p.name AS parent, s.kind, s.layer, s.created, s.updated
            FROM snapshots s LEFT JOIN snapshots p ON p.id = s.parent
            """;
    private static final int ID_BLOCK = 128;

    private final DatabaseThread writer;
    private final DatabaseThread reader;
    private long nextId;
    private long reservedIds;

    private MetadataStore(DatabaseThread writer, DatabaseThread reader) {
        this.writer = writer;
        this.reader = reader;
    }

    /** Opens a store, new or used before. */
    static MetadataStore open(Path file) throws IOException {
        try {
            DatabaseThread writer = DatabaseThread.writer(file);
            try {
                writer.run(session -> {
                    MetadataSchema.prepare(session, file);
                    return true;
                });
                return new MetadataStore(writer, DatabaseThread.reader(file));
            } catch (SQLException | IOException e) {
                writer.close();
                throw e;
            }
        } catch (SQLException e) {
            throw new IOException("metadata database " + file + ": " + e.getMessage(), e);
        }
    }

    /** A number that no snapshot has had; gone even if nothing comes of it. */
    synchronized long reserveId() throws IOException {
        if (nextId == reservedIds) {
            reservedIds = writer.run(session -> {
                session.update("UPDATE ids SET next = next + ?", ID_BLOCK);
                try (ResultSet next = session.bind("SELECT next FROM ids").executeQuery()) {
                    next.next();
                    return next.getLong(1);
                }
            });
            nextId = reservedIds - ID_BLOCK;
        }
        return nextId++;
    }

    Optional<Snapshot> find(String name) throws IOException {
        return reader.run(session -> find(session, name));
    }

    /** @throws SnapshotException not found */
    Snapshot get(String name) throws IOException {
        return reader.run(session -> get(session, name));
    }

    /** The snapshot and all below it, nearest first. */
    List<Snapshot> chain(String name) throws IOException {
        return reader.run(session -> {
            List<Snapshot> chain = new ArrayList<>();
            chain.add(get(session, name));
            while (chain.getLast().hasParent()) {
                chain.add(get(session, chain.getLast().parent()));
            }
            return chain;
        });
    }

    /** The snapshots with the lowest ids above {@code id}, in the order of ids. */
    List<Snapshot> after(long id, int limit) throws IOException {
        return reader.run(session -> {
            List<Snapshot> page = new ArrayList<>();
            try (ResultSet row = session.bind(COLUMNS + "WHERE s.id > ? ORDER BY s.id LIMIT ?", id, limit)
                    .executeQuery()) {
                while (row.next()) {
                    page.add(snapshot(session, row));
                }
            }
            return page;
        });
    }

    /** The ids of all snapshots. */
    Set<Long> ids() throws IOException {
        return reader.run(session -> {
            Set<Long> ids = new HashSet<>();
            try (ResultSet row = session.bind("SELECT id FROM snapshots").executeQuery()) {
                while (row.next()) {
                    ids.add(row.getLong(1));
                }
            }
            return ids;
        });
    }

    boolean hasChildren(long id) throws IOException {
        return reader.run(session -> hasChildren(session, id));
    }

    /** Whether an active snapshot or a view lies on it, with nothing but ordinary layers between. */
    boolean isShown(long id) throws IOException {
        return reader.run(session -> {
            try (ResultSet row = session.bind("""
                            WITH RECURSIVE above (id, kind) AS (
                                SELECT id, kind FROM snapshots WHERE parent = ? AND layer = ''
                                UNION ALL
                                SELECT s.id, s.kind FROM snapshots s JOIN above a ON s.parent = a.id WHERE s.layer = ''
                            )
                            SELECT 1 FROM above WHERE kind <> 'committed' LIMIT 1""", id).executeQuery()) {
                return row.next();
            }
        });
    }

    /** Usage as measured when the snapshot was committed. */
    Optional<Usage> usage(long id) throws IOException {
        return reader.run(session -> {
            try (ResultSet row = session.bind(
                            "SELECT size, inodes FROM snapshots WHERE id = ? AND size IS NOT NULL", id)
                    .executeQuery()) {
                return row.next() ? Optional.of(new Usage(row.getLong(1), row.getLong(2))) : Optional.empty();
            }
        });
    }

    /** Adds a record with the times it brings. */
    void insert(Snapshot snapshot) throws IOException {
        writer.run(session -> {
            @Nullable Long parent = committedParent(session, snapshot.parent());
            if (find(session, snapshot.name()).isPresent()) {
                throw SnapshotException.alreadyExists(snapshot.name());
            }
            session.update(
                    "INSERT INTO snapshots (id, name, parent, kind, layer, created, updated) VALUES (?, ?, ?, ?, ?, ?, ?)",
                    snapshot.id(),
                    snapshot.name(),
                    parent,
                    snapshot.kind().word(),
                    snapshot.layer(),
                    nanos(snapshot.created()),
                    nanos(snapshot.updated()));
            putLabels(session, snapshot.id(), snapshot.labels());
            return true;
        });
    }

    /** Turns the active snapshot {@code key} into what {@code committed} says; the id must be the same. */
    void commit(String key, Snapshot committed, Usage usage) throws IOException {
        writer.run(session -> {
            if (find(session, committed.name()).isPresent()) {
                throw SnapshotException.alreadyExists(committed.name());
            }
            Snapshot active = get(session, key);
            if (active.id() != committed.id()) {
                throw SnapshotException.notFound(key);
            }
            if (active.kind() != Kind.ACTIVE) {
                throw SnapshotException.failedPrecondition("snapshot " + key + " is not active");
            }
            session.update(
                    """
                    UPDATE snapshots SET name = ?, parent = ?, kind = ?, layer = ?, created = ?, updated = ?,
                    size = ?, inodes = ? WHERE id = ?""",
                    committed.name(),
                    committedParent(session, committed.parent()),
                    committed.kind().word(),
                    committed.layer(),
                    nanos(committed.created()),
                    nanos(committed.updated()),
                    usage.size(),
                    usage.inodes(),
                    committed.id());
            putLabels(session, committed.id(), committed.labels());
            return true;
        });
    }

    /** Changes labels and the time of the update. */
    Snapshot updateLabels(String name, Instant now, UnaryOperator<Map<String, String>> change) throws IOException {
        return writer.run(session -> {
            Snapshot before = get(session, name);
            session.update("UPDATE snapshots SET updated = ? WHERE id = ?", nanos(now), before.id());
            putLabels(session, before.id(), change.apply(before.labels()));
            return get(session, name);
        });
    }

    /** Takes a record away that has no children. */
    void delete(Snapshot snapshot) throws IOException {
        writer.run(session -> {
            if (get(session, snapshot.name()).id() != snapshot.id()) {
                throw SnapshotException.notFound(snapshot.name());
            }
            if (hasChildren(session, snapshot.id())) {
                throw hasChild(snapshot);
            }
            session.update("DELETE FROM snapshots WHERE id = ?", snapshot.id());
            return true;
        });
    }

    static SnapshotException hasChild(Snapshot snapshot) {
        return SnapshotException.failedPrecondition("cannot remove snapshot " + snapshot.name() + " with child");
    }

    @Override
    public void close() throws IOException {
        reader.close();
        writer.close();
    }

    private static @Nullable Long committedParent(Session session, String name) throws SQLException, IOException {
        if (name.isEmpty()) {
            return null;
        }
        Snapshot parent = get(session, name);
        requireCommitted(parent);
        return parent.id();
    }

    static void requireCommitted(Snapshot parent) throws SnapshotException {
        if (parent.kind() != Kind.COMMITTED) {
            throw SnapshotException.invalid("parent " + parent.name() + " is not a committed snapshot");
        }
    }

    private static boolean hasChildren(Session session, long id) throws SQLException {
        try (ResultSet row = session.bind("SELECT 1 FROM snapshots WHERE parent = ? LIMIT 1", id)
                .executeQuery()) {
            return row.next();
        }
    }

    private static void putLabels(Session session, long id, Map<String, String> labels) throws SQLException {
        session.update("DELETE FROM labels WHERE snapshot = ?", id);
        for (Map.Entry<String, String> label : labels.entrySet()) {
            session.update("INSERT INTO labels VALUES (?, ?, ?)", id, label.getKey(), label.getValue());
        }
    }

    private static Snapshot get(Session session, String name) throws SQLException, SnapshotException {
        return find(session, name).orElseThrow(() -> SnapshotException.notFound(name));
    }

    private static Optional<Snapshot> find(Session session, String name) throws SQLException {
        try (ResultSet row = session.bind(COLUMNS + "WHERE s.name = ?", name).executeQuery()) {
            return row.next() ? Optional.of(snapshot(session, row)) : Optional.empty();
        }
    }

    private static Snapshot snapshot(Session session, ResultSet row) throws SQLException {
        long id = row.getLong("id");
        String parent = row.getString("parent");
        return new Snapshot(
                id,
                row.getString("name"),
                parent == null ? "" : parent,
                Kind.of(row.getString("kind")),
                row.getString("layer"),
                labels(session, id),
                instant(row.getLong("created")),
                instant(row.getLong("updated")));
    }

    private static Map<String, String> labels(Session session, long id) throws SQLException {
        Map<String, String> labels = new HashMap<>();
        try (ResultSet row = session.bind("SELECT key, value FROM labels WHERE snapshot = ?", id)
                .executeQuery()) {
            while (row.next()) {
                labels.put(row.getString(1), row.getString(2));
            }
        }
        return labels;
    }

    private static long nanos(Instant time) {
        return Math.addExact(Math.multiplyExact(time.getEpochSecond(), 1_000_000_000L), time.getNano());
    }

    private static Instant instant(long nanos) {
        return Instant.ofEpochSecond(0, nanos);
    }
}
