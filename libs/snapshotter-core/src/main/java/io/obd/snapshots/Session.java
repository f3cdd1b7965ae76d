package io.obd.snapshots;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One connection to the metadata database with its prepared statements; used by one thread at a time. */
final class Session implements AutoCloseable {
    private final Connection connection;
    private final Map<String, PreparedStatement> statements = new HashMap<>();

    private Session(Connection connection) {
        this.connection = connection;
    }

    static Session open(Path file) throws SQLException {
        Session session = new Session(DriverManager.getConnection("jdbc:sqlite:" + file));
        try {
            session.execute("PRAGMA journal_mode = WAL");
            session.execute("PRAGMA synchronous = FULL");
            session.execute("PRAGMA wal_autocheckpoint = " + WriteAheadLog.CHECKPOINT_PAGES);
            session.execute("PRAGMA foreign_keys = ON");
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
        bind(sql).execute();
    }

    /** The statement with its parameters bound. It belongs to the session: do not close it, read it to its end. */
    PreparedStatement bind(String sql, @Nullable Object... parameters) throws SQLException {
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

    /** Changes rows and returns how many. */
    int update(String sql, @Nullable Object... parameters) throws SQLException {
        return bind(sql, parameters).executeUpdate();
    }

    /**
     * Lets all prepared statements go after one of them failed: sqlite-jdbc ends a statement that fails for other than a few
     * reasons, so that it can never run again, and reports the failure once more when it is closed.
     */
    void dropStatements(SQLException failure) {
        for (PreparedStatement statement : statements.values()) {
            try {
                statement.close();
            } catch (SQLException e) {
                failure.addSuppressed(e);
            }
        }
        statements.clear();
    }

    @Override
    public void close() throws SQLException {
        for (PreparedStatement statement : statements.values()) {
            statement.close();
        }
        connection.close();
    }
}
