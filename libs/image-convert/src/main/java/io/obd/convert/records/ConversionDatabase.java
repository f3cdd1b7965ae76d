package io.obd.convert.records;

import io.obd.convert.Blob;
import io.obd.registry.Digest;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tables of the original: which layer and which image of which repository became what. SQLite and MySQL have the same
 * ones. Rows only say where to look: whether a blob is still there is for the registry to tell.
 */
public final class ConversionDatabase implements Closeable {
    private static final List<String> SQLITE_TABLES = List.of(
            """
            create table if not exists overlaybd_layers (
                host varchar(255) not null, repo varchar(255) not null, chain_id varchar(255) not null,
                data_digest varchar(255) not null, data_size bigint not null,
                primary key (host, repo, chain_id))""",
            "create index if not exists index_registry_chainId_from_layers on overlaybd_layers (host, chain_id)",
            """
            create table if not exists overlaybd_manifests (
                host varchar(255) not null, repo varchar(255) not null, src_digest varchar(255) not null,
                out_digest varchar(255) not null, data_size bigint not null, mediatype varchar(255) not null,
                primary key (host, repo, src_digest, mediatype))""",
            """
            create index if not exists index_registry_src_digest_from_manifests
                on overlaybd_manifests (host, src_digest, mediatype)""");

    private static final Logger LOG = LoggerFactory.getLogger(ConversionDatabase.class);

    // Classes of the states that SQL has for failures.
    private static final String CONNECTION_FAILED = "08";
    private static final String REFUSED = "28";

    private static final int SECONDS_FOR_A_SIGN = 2;

    private final Opener opener;
    private final String name;
    private Connection connection;

    /** Why there is no way back to a database that was lost. */
    private @Nullable SQLException lost;

    /** The way to the database. */
    interface Opener {
        Connection open() throws SQLException;
    }

    /** What is asked of the database. */
    private interface Work<T> {
        T on(Connection connection) throws SQLException;
    }

    ConversionDatabase(Opener opener, String name) throws SQLException {
        this.opener = opener;
        this.name = name;
        this.connection = opener.open();
    }

    /**
     * Opens a database in a file, which is made with its tables if it is not there.
     *
     * @throws IOException if it cannot be made, or is something else
     */
    public static ConversionDatabase sqlite(Path file) throws IOException {
        Path parent = file.toAbsolutePath().getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        Properties options = new Properties();
        options.setProperty("busy_timeout", "10000");
        options.setProperty("journal_mode", "WAL");
        // In a URI a name can hold anything; outside of one, options are looked for behind a question mark.
        String uri = "file:" + file.toUri().getRawPath();
        ConversionDatabase database =
                open(() -> DriverManager.getConnection("jdbc:sqlite:" + uri, options), file.toString());
        try (Statement statement = database.connection.createStatement()) {
            for (String table : SQLITE_TABLES) {
                statement.execute(table);
            }
            return database;
        } catch (SQLException e) {
            database.close();
            throw new IOException("the database " + file + " cannot be used: " + e.getMessage(), e);
        }
    }

    /**
     * Connects to a MySQL server, whose database has the tables.
     *
     * @throws IOException if there is no way to it; the text does not hold the password
     */
    public static ConversionDatabase mysql(MySqlDsn dsn) throws IOException {
        Properties credentials = new Properties();
        credentials.setProperty("user", dsn.user());
        credentials.setProperty("password", dsn.password());
        return open(() -> connect(dsn, credentials), dsn.toString());
    }

    private static Connection connect(MySqlDsn dsn, Properties credentials) throws SQLException {
        try {
            return DriverManager.getConnection(dsn.jdbcUrl(), credentials);
        } catch (SQLException e) {
            if (dsn.tls() != MySqlDsn.Tls.PREFERRED || isOfClass(e, REFUSED)) {
                throw e;
            }
            return connectWithoutTls(dsn, credentials, e);
        }
    }

    /** The server may have no TLS: the driver has no code for that. */
    private static Connection connectWithoutTls(MySqlDsn dsn, Properties credentials, SQLException withTls)
            throws SQLException {
        try {
            return DriverManager.getConnection(dsn.withoutTls().jdbcUrl(), credentials);
        } catch (SQLException e) {
            e.addSuppressed(withTls);
            throw e;
        }
    }

    private static ConversionDatabase open(Opener opener, String name) throws IOException {
        try {
            return new ConversionDatabase(opener, name);
        } catch (SQLException e) {
            throw new IOException("the database " + name + " cannot be opened: " + e.getMessage(), e);
        }
    }

    /**
     * Servers and what is before them end connections that are idle for long, as they are while layers are built. A server
     * that cannot be reached then is not asked again: each question might wait for it as long, and answers save time only.
     */
    private synchronized <T> T run(Work<T> work) throws SQLException {
        if (lost != null) {
            throw new SQLException(lost.getMessage(), lost.getSQLState(), lost);
        }
        try {
            return work.on(connection);
        } catch (SQLException e) {
            if (!isBroken(connection, e)) {
                throw e;
            }
            LOG.debug("{} is connected anew: {}", name, e.getMessage());
            Connection broken = connection;
            connection = openAnew();
            broken.abort(Runnable::run);
            return work.on(connection);
        }
    }

    private Connection openAnew() throws SQLException {
        try {
            return opener.open();
        } catch (SQLException e) {
            lost = e;
            throw e;
        }
    }

    /** Servers have more than one way to say that they ended it. */
    private static boolean isBroken(Connection connection, SQLException failure) throws SQLException {
        return isOfClass(failure, CONNECTION_FAILED) || !connection.isValid(SECONDS_FOR_A_SIGN);
    }

    private static boolean isOfClass(SQLException failure, String states) {
        return String.valueOf(failure.getSQLState()).startsWith(states);
    }

    private static int execute(Connection connection, String change, Object... values) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(change)) {
            bind(statement, values);
            return statement.executeUpdate();
        }
    }

    private static void bind(PreparedStatement statement, Object... values) throws SQLException {
        for (int i = 0; i < values.length; i++) {
            statement.setObject(i + 1, values[i]);
        }
    }

    /**
     * Inserts a row, or changes the one that has its key: in this order, as a user of the original needs to be allowed the
     * first only.
     *
     * @param values for both statements
     */
    private void put(String insert, String update, Object... values) throws SQLException {
        run(connection -> {
            try {
                return execute(connection, insert, values);
            } catch (SQLException e) {
                if (isBroken(connection, e) || !isChanged(connection, update, values, e)) {
                    throw e;
                }
                return 1;
            }
        });
    }

    /** @param before why the row was not inserted, which says more if it cannot be changed either */
    private static boolean isChanged(Connection connection, String update, Object[] values, SQLException before) {
        try {
            return execute(connection, update, values) > 0;
        } catch (SQLException e) {
            before.addSuppressed(e);
            return false;
        }
    }

    /** Rows of others may hold anything: those that name no blob are passed over. */
    private static Optional<Blob> blob(String repository, String digest, long size) {
        try {
            if (size >= 0) {
                return Optional.of(new Blob(Digest.parse(digest), size));
            }
            LOG.warn("what is remembered of {} is passed over: {} of {} bytes", repository, digest, size);
        } catch (IllegalArgumentException e) {
            LOG.warn("what is remembered of {} is passed over: {}", repository, e.getMessage());
        }
        return Optional.empty();
    }

    /** Reads rows of a repository, a digest and a size. */
    private <T> List<T> find(String query, BiFunction<String, Blob, T> row, Object... values) throws SQLException {
        return run(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(query)) {
                bind(statement, values);
                List<T> rows = new ArrayList<>();
                try (ResultSet found = statement.executeQuery()) {
                    while (found.next()) {
                        String repository = found.getString(1);
                        blob(repository, found.getString(2), found.getLong(3))
                                .ifPresent(blob -> rows.add(row.apply(repository, blob)));
                    }
                }
                return rows;
            }
        });
    }

    /** Where a layer is, in any repository of a registry. */
    List<LayerRow> layers(String host, String chainId) throws SQLException {
        return find(
                "select repo, data_digest, data_size from overlaybd_layers where host = ? and chain_id = ?",
                (repository, blob) -> new LayerRow(host, repository, blob),
                host,
                chainId);
    }

    void put(LayerRow row, String chainId) throws SQLException {
        put(
                "insert into overlaybd_layers (data_digest, data_size, host, repo, chain_id) values (?, ?, ?, ?, ?)",
                "update overlaybd_layers set data_digest = ?, data_size = ? where host = ? and repo = ? and chain_id = ?",
                row.blob().digest().toString(),
                row.blob().size(),
                row.host(),
                row.repository(),
                chainId);
    }

    void remove(LayerRow row, String chainId) throws SQLException {
        run(connection -> execute(
                connection,
                "delete from overlaybd_layers where host = ? and repo = ? and chain_id = ?",
                row.host(),
                row.repository(),
                chainId));
    }

    /** What an image became, in any repository of a registry. */
    List<ManifestRow> manifests(String host, String source, String mediaType) throws SQLException {
        return find(
                "select repo, out_digest, data_size from overlaybd_manifests"
                        + " where host = ? and src_digest = ? and mediatype = ?",
                (repository, blob) -> new ManifestRow(host, repository, blob.digest(), blob.size()),
                host,
                source,
                mediaType);
    }

    void put(ManifestRow row, String source, String mediaType) throws SQLException {
        put(
                "insert into overlaybd_manifests (out_digest, data_size, host, repo, src_digest, mediatype)"
                        + " values (?, ?, ?, ?, ?, ?)",
                "update overlaybd_manifests set out_digest = ?, data_size = ?"
                        + " where host = ? and repo = ? and src_digest = ? and mediatype = ?",
                row.digest().toString(),
                row.size(),
                row.host(),
                row.repository(),
                source,
                mediaType);
    }

    void remove(ManifestRow row, String source, String mediaType) throws SQLException {
        run(connection -> execute(
                connection,
                "delete from overlaybd_manifests where host = ? and repo = ? and src_digest = ? and mediatype = ?",
                row.host(),
                row.repository(),
                source,
                mediaType));
    }

    @Override
    public synchronized void close() throws IOException {
        try {
            connection.close();
        } catch (SQLException e) {
            throw new IOException("the database " + name + " cannot be closed: " + e.getMessage(), e);
        }
    }

    /** Where it is; without a password. */
    @Override
    public String toString() {
        return name;
    }
}
