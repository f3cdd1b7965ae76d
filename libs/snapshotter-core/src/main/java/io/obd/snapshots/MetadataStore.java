package io.obd.snapshots;

import io.obd.snapshots.MetadataWriter.LogOpener;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The records of all snapshots, durable when a call returns. Rules that concern records alone (names are unique, a
 * parent is committed, only leaves go) are kept here, in the transaction that makes the change. What is read comes from
 * memory: a look at a snapshot waits for no disk and no writer.
 */
final class MetadataStore implements AutoCloseable {
    private static final String COLUMNS = """
            SELECT s.id, s.name, p.name AS parent, s.kind, s.layer, s.created, s.updated, s.labels, s.size, s.inodes
            FROM snapshots s LEFT JOIN snapshots p ON p.id = s.parent
            """;
    private static final int ID_BLOCK = 128;

    private final MetadataWriter writer;
    private final Records records;
    private long nextId;
    private long reservedIds;

    private MetadataStore(MetadataWriter writer, Records records) {
        this.writer = writer;
        this.records = records;
    }

    /** Opens a store, new or used before. */
    static MetadataStore open(Path file) throws IOException {
        return open(file, WriteAheadLog::open);
    }

    static MetadataStore open(Path file, LogOpener logs) throws IOException {
        try {
            MetadataWriter writer = MetadataWriter.start(file, logs);
            try {
                Records records = writer.run(session -> {
                    MetadataSchema.prepare(session, file);
                    return read(session);
                });
                writer.reserveLog();
                return new MetadataStore(writer, records);
            } catch (IOException e) {
                writer.close();
                throw e;
            }
        } catch (SQLException e) {
            throw new IOException("metadata database " + file + ": " + e.getMessage(), e);
        }
    }

    private static Records read(Session session) throws SQLException, IOException {
        Records records = new Records();
        for (Measured found : session.query(COLUMNS, Measured::of)) {
            records.put(found.snapshot());
            @Nullable Usage usage = found.usage();
            if (usage != null) {
                records.put(found.snapshot().id(), usage);
            }
        }
        return records;
    }

    /** @param usage null if it was not measured yet */
    private record Measured(Snapshot snapshot, @Nullable Usage usage) {
        static Measured of(ResultSet row) throws SQLException {
            Snapshot snapshot = MetadataStore.snapshot(row);
            long size = row.getLong("size");
            return new Measured(snapshot, row.wasNull() ? null : new Usage(size, row.getLong("inodes")));
        }
    }

    /** A number that no snapshot has had; gone even if nothing comes of it. */
    synchronized long reserveId() throws IOException {
        if (nextId == reservedIds) {
            reservedIds = writer.run(session -> {
                session.update("UPDATE ids SET next = next + ?", ID_BLOCK);
                return session.query("SELECT next FROM ids", row -> row.getLong(1))
                        .getFirst();
            });
            nextId = reservedIds - ID_BLOCK;
        }
        return nextId++;
    }

    Optional<Snapshot> find(String name) {
        return records.find(name);
    }

    /** @throws SnapshotException not found */
    Snapshot get(String name) throws SnapshotException {
        return find(name).orElseThrow(() -> SnapshotException.notFound(name));
    }

    /**
     * The snapshot and all below it, nearest first.
     *
     * @throws SnapshotException not found, also if it is removed meanwhile
     */
    List<Snapshot> chain(String name) throws SnapshotException {
        List<Snapshot> chain = new ArrayList<>();
        chain.add(get(name));
        while (chain.getLast().hasParent()) {
            chain.add(find(chain.getLast().parent()).orElseThrow(() -> SnapshotException.notFound(name)));
        }
        return chain;
    }

    /** All snapshots in the order of their ids. Those that come or go meanwhile may be among them or not. */
    Iterator<Snapshot> all() {
        return records.iterator();
    }

    /** The ids of all snapshots. */
    Set<Long> ids() {
        return records.ids();
    }

    boolean hasChildren(Snapshot snapshot) {
        return records.hasChildren(snapshot);
    }

    /** Whether an active snapshot or a view lies on it, with nothing but ordinary layers between. */
    boolean isShown(String name) {
        return records.isShown(name);
    }

    /** Usage as measured when the snapshot was committed. */
    Optional<Usage> usage(long id) {
        return records.usage(id);
    }

    /** Adds a record with the times it brings. */
    void insert(Snapshot snapshot) throws IOException {
        String labels = LabelsJson.write(snapshot.labels());
        writer.run(
                session -> {
                    @Nullable Long parent = committedParent(session, snapshot.parent());
                    int inserted = session.update(
                            """
                    INSERT INTO snapshots (id, name, parent, kind, layer, created, updated, labels)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO NOTHING""",
                            snapshot.id(),
                            snapshot.name(),
                            parent,
                            snapshot.kind().word(),
                            snapshot.layer(),
                            nanos(snapshot.created()),
                            nanos(snapshot.updated()),
                            labels);
                    if (inserted == 0) {
                        throw SnapshotException.alreadyExists(snapshot.name());
                    }
                    return snapshot;
                },
                records::put);
    }

    /** Turns the active snapshot {@code key} into what {@code committed} says; the id must be the same. */
    void commit(String key, Snapshot committed, Usage usage) throws IOException {
        String labels = LabelsJson.write(committed.labels());
        writer.run(
                session -> {
                    Row active = get(session, key);
                    if (active.id() != committed.id()) {
                        throw SnapshotException.notFound(key);
                    }
                    if (active.kind() != Kind.ACTIVE) {
                        throw SnapshotException.failedPrecondition("snapshot " + key + " is not active");
                    }
                    int updated = session.update(
                            """
                    UPDATE OR IGNORE snapshots SET name = ?, parent = ?, kind = ?, layer = ?, created = ?, updated = ?,
                    labels = ?, size = ?, inodes = ? WHERE id = ?""",
                            committed.name(),
                            committedParent(session, committed.parent()),
                            committed.kind().word(),
                            committed.layer(),
                            nanos(committed.created()),
                            nanos(committed.updated()),
                            labels,
                            usage.size(),
                            usage.inodes(),
                            committed.id());
                    if (updated == 0) {
                        throw SnapshotException.alreadyExists(committed.name());
                    }
                    return committed;
                },
                done -> {
                    records.put(done);
                    records.put(done.id(), usage);
                });
    }

    /** Changes labels and the time of the update. */
    Snapshot updateLabels(String name, Instant now, UnaryOperator<Map<String, String>> change) throws IOException {
        return writer.run(
                session -> {
                    Snapshot before = read(session, name);
                    session.update(
                            "UPDATE snapshots SET updated = ?, labels = ? WHERE id = ?",
                            nanos(now),
                            LabelsJson.write(change.apply(before.labels())),
                            before.id());
                    return read(session, name);
                },
                records::put);
    }

    /** Takes a record away that has no children. */
    void delete(Snapshot snapshot) throws IOException {
        writer.run(
                session -> {
                    if (get(session, snapshot.name()).id() != snapshot.id()) {
                        throw SnapshotException.notFound(snapshot.name());
                    }
                    if (hasChildren(session, snapshot.id())) {
                        throw hasChild(snapshot);
                    }
                    session.update("DELETE FROM snapshots WHERE id = ?", snapshot.id());
                    return snapshot;
                },
                records::remove);
    }

    static SnapshotException hasChild(Snapshot snapshot) {
        return SnapshotException.failedPrecondition("cannot remove snapshot " + snapshot.name() + " with child");
    }

    @Override
    public void close() throws IOException {
        writer.close();
    }

    private static @Nullable Long committedParent(Session session, String name) throws SQLException, IOException {
        if (name.isEmpty()) {
            return null;
        }
        Row parent = get(session, name);
        requireCommitted(name, parent.kind());
        return parent.id();
    }

    static void requireCommitted(String parent, Kind kind) throws SnapshotException {
        if (kind != Kind.COMMITTED) {
            throw SnapshotException.invalid("parent " + parent + " is not a committed snapshot");
        }
    }

    private static boolean hasChildren(Session session, long id) throws SQLException {
        return !session.query("SELECT 1 FROM snapshots WHERE parent = ? LIMIT 1", row -> true, id)
                .isEmpty();
    }

    /** What the rules ask about a snapshot. */
    private record Row(long id, Kind kind) {}

    private static Row get(Session session, String name) throws SQLException, SnapshotException {
        return session
                .query(
                        "SELECT id, kind FROM snapshots WHERE name = ?",
                        row -> new Row(row.getLong(1), Kind.of(row.getString(2))),
                        name)
                .stream()
                .findFirst()
                .orElseThrow(() -> SnapshotException.notFound(name));
    }

    private static Snapshot read(Session session, String name) throws SQLException, SnapshotException {
        return session.query(COLUMNS + "WHERE s.name = ?", MetadataStore::snapshot, name).stream()
                .findFirst()
                .orElseThrow(() -> SnapshotException.notFound(name));
    }

    private static Snapshot snapshot(ResultSet row) throws SQLException {
        String parent = row.getString("parent");
        return new Snapshot(
                row.getLong("id"),
                row.getString("name"),
                parent == null ? "" : parent,
                Kind.of(row.getString("kind")),
                row.getString("layer"),
                labels(row),
                instant(row.getLong("created")),
                instant(row.getLong("updated")));
    }

    private static Map<String, String> labels(ResultSet row) throws SQLException {
        try {
            return LabelsJson.read(row.getString("labels"));
        } catch (IOException e) {
            throw new SQLException(
                    "the labels of snapshot " + row.getString("name") + " are damaged: " + e.getMessage(), e);
        }
    }

    private static long nanos(Instant time) {
        return Math.addExact(Math.multiplyExact(time.getEpochSecond(), 1_000_000_000L), time.getNano());
    }

    private static Instant instant(long nanos) {
        return Instant.ofEpochSecond(0, nanos);
    }
}
