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
import java.util.Properties;

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

    private final Connection connection;
    private final String name;

    private ConversionDatabase(Connection connection, String name) {
        this.connection = connection;
        this.name = name;
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
        ConversionDatabase database = open("jdbc:sqlite:" + uri, options, file.toString());
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
     * @param dsn {@code user:password@tcp(host:port)/database}, as the original takes it
     * @throws IOException if there is no way to it; the text does not hold the password
     */
    public static ConversionDatabase mysql(MySqlDsn dsn) throws IOException {
        Properties credentials = new Properties();
        credentials.setProperty("user", dsn.user());
        credentials.setProperty("password", dsn.password());
        return open(dsn.jdbcUrl(), credentials, dsn.toString());
    }

    private static ConversionDatabase open(String url, Properties options, String name) throws IOException {
        try {
            return new ConversionDatabase(DriverManager.getConnection(url, options), name);
        } catch (SQLException e) {
            throw new IOException("the database " + name + " cannot be opened: " + e.getMessage(), e);
        }
    }

    /** Where a layer is, in any repository of a registry. */
    synchronized List<LayerRow> layers(String host, String chainId) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "select repo, data_digest, data_size from overlaybd_layers where host = ? and chain_id = ?")) {
            statement.setString(1, host);
            statement.setString(2, chainId);
            List<LayerRow> rows = new ArrayList<>();
            try (ResultSet found = statement.executeQuery()) {
                while (found.next()) {
                    Blob blob = new Blob(Digest.parse(found.getString(2)), found.getLong(3));
                    rows.add(new LayerRow(host, found.getString(1), blob));
                }
            }
            return rows;
        }
    }

    synchronized void put(LayerRow row, String chainId) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("replace into overlaybd_layers"
                + " (host, repo, chain_id, data_digest, data_size) values (?, ?, ?, ?, ?)")) {
            statement.setString(1, row.host());
            statement.setString(2, row.repository());
            statement.setString(3, chainId);
            statement.setString(4, row.blob().digest().toString());
            statement.setLong(5, row.blob().size());
            statement.executeUpdate();
        }
    }

    synchronized void remove(LayerRow row, String chainId) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "delete from overlaybd_layers where host = ? and repo = ? and chain_id = ?")) {
            statement.setString(1, row.host());
            statement.setString(2, row.repository());
            statement.setString(3, chainId);
            statement.executeUpdate();
        }
    }

    /** What an image became, in any repository of a registry. */
    synchronized List<ManifestRow> manifests(String host, String source, String mediaType) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("select repo, out_digest, data_size"
                + " from overlaybd_manifests where host = ? and src_digest = ? and mediatype = ?")) {
            statement.setString(1, host);
            statement.setString(2, source);
            statement.setString(3, mediaType);
            List<ManifestRow> rows = new ArrayList<>();
            try (ResultSet found = statement.executeQuery()) {
                while (found.next()) {
                    rows.add(new ManifestRow(
                            host, found.getString(1), Digest.parse(found.getString(2)), found.getLong(3)));
                }
            }
            return rows;
        }
    }

    synchronized void put(ManifestRow row, String source, String mediaType) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("replace into overlaybd_manifests"
                + " (host, repo, src_digest, out_digest, data_size, mediatype) values (?, ?, ?, ?, ?, ?)")) {
            statement.setString(1, row.host());
            statement.setString(2, row.repository());
            statement.setString(3, source);
            statement.setString(4, row.digest().toString());
            statement.setLong(5, row.size());
            statement.setString(6, mediaType);
            statement.executeUpdate();
        }
    }

    synchronized void remove(ManifestRow row, String source, String mediaType) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("delete from overlaybd_manifests"
                + " where host = ? and repo = ? and src_digest = ? and mediatype = ?")) {
            statement.setString(1, row.host());
            statement.setString(2, row.repository());
            statement.setString(3, source);
            statement.setString(4, mediaType);
            statement.executeUpdate();
        }
    }

    @Override
    public void close() throws IOException {
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
