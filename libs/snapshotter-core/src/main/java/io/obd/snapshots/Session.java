package io.obd.snapshots;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** One connection to the metadata database with its prepared statements; used by one thread at a time. */
final class Session implements AutoCloseable {
    private final Connection connection;
    private final Map<String, PreparedStatement> statements = new HashMap<>();

    private Session(Connection connection) {
        this.connection = connection;
    }

    static Session open(Path file) throws SQLException {
        Properties unasked = new Properties();
        unasked.setProperty("jdbc.get_generated_keys", "false"); // which costs every change a query
        Session session = new Session(DriverManager.getConnection("jdbc:sqlite:" + file, unasked));
        try {
            session.execute("PRAGMA journal_mode = WAL");
            session.execute("PRAGMA synchronous = NORMAL"); // see WriteAheadLog
            session.execute("PRAGMA wal_autocheckpoint = " + WriteAheadLog.CHECKPOINT_PAGES);
            session.execute("PRAGMA foreign_keys = ON");
            session.execute("BEGIN IMMEDIATE"); // which makes the log, if there is none
            session.execute("COMMIT");
        } catch (SQLException e) {
            session.close();
            throw e;
        }
        return session;
    }

    /** Runs a statement that has no parameters and whose rows do not matter. */
    void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** As {@link #execute}, for what is run again and again. */
    void run(String sql) throws SQLException {
        use(sql, PreparedStatement::execute);
    }

    /** Changes rows and returns how many. */
    int update(String sql, @Nullable Object... parameters) throws SQLException {
        return use(sql, PreparedStatement::executeUpdate, parameters);
    }

    /** Makes something of a row, which is only there while it does. */
    interface RowReader<T> {
        T read(ResultSet row) throws SQLException;
    }

    /** Finds rows, and returns what was made of them. */
    <T> List<T> query(String sql, RowReader<T> reader, @Nullable Object... parameters) throws SQLException {
        return use(
                sql,
                statement -> {
                    List<T> found = new ArrayList<>();
                    try (ResultSet row = statement.executeQuery()) {
                        while (row.next()) {
                            found.add(reader.read(row));
                        }
                    }
                    return found;
                },
                parameters);
    }

    private interface Use<T> {
        T of(PreparedStatement statement) throws SQLException;
    }

    /**
     * Uses a statement that was prepared once. One that fails goes: sqlite-jdbc ends a statement that fails for other than a
     * few reasons, so that it can never run again, and reports the failure once more when it is closed.
     */
    private <T> T use(String sql, Use<T> use, @Nullable Object... parameters) throws SQLException {
        try {
            return use.of(bind(sql, parameters));
        } catch (SQLException e) {
            drop(sql, e);
            throw e;
        }
    }

    private PreparedStatement bind(String sql, @Nullable Object... parameters) throws SQLException {
        PreparedStatement statement = statements.get(sql);
        if (statement == null) {
            statement = connection.prepareStatement(sql);
            statements.put(sql, statement);
        }
        for (int i = 0; i < parameters.length; i++) {
            statement.setObject(i + 1, parameters[i]);
        }
        return statement;
    }

    private void drop(String sql, SQLException failure) {
        try (PreparedStatement _ = statements.remove(sql)) {
            return; // it is closed
        } catch (SQLException e) {
            failure.addSuppressed(e);
        }
    }

    @Override
    public void close() throws SQLException {
        for (PreparedStatement statement : statements.values()) {
            statement.close();
        }
        connection.close();
    }
}
