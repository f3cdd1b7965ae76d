package io.obd.e2e;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A MariaDB server on loopback with the tables of the original convertor. */
final class MariaDb extends Service {
    private static final String DATABASE = "conversion";
    private static final String USER = "convertor";
    private static final String PASSWORD = "p:w@1";
    private static final String INSERTER = "inserter";

    private final Path directory;
    private final int port;

    private MariaDb(Path directory, int port) {
        this.directory = directory;
        this.port = port;
    }

    static MariaDb start(Path directory) throws IOException, InterruptedException {
        Files.createDirectories(directory);
        Commands.in(directory)
                .run(
                        "mariadb-install-db",
                        "--no-defaults",
                        "--user=root",
                        "--auth-root-authentication-method=normal",
                        "--datadir=" + directory.resolve("data"))
                .orFail();
        MariaDb server = new MariaDb(directory, freePort());
        server.start();
        server.makeTables();
        return server;
    }

    @Override
    Daemon launch() throws IOException {
        return Daemon.start(
                "mariadb",
                directory,
                Map.of(),
                List.of(
                        "mariadbd",
                        "--no-defaults",
                        "--user=root",
                        "--datadir=" + directory.resolve("data"),
                        "--socket=" + socket(),
                        "--pid-file=" + directory.resolve("pid"),
                        "--bind-address=127.0.0.1",
                        "--port=" + port));
    }

    @Override
    InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /** Where it is, as {@code --db-str} takes it. */
    String dsn() {
        return USER + ":" + PASSWORD + "@tcp(127.0.0.1:" + port + ")/" + DATABASE;
    }

    /** The same for a user who may read and insert, and nothing else. */
    String dsnOfInserter() {
        return INSERTER + "@tcp(127.0.0.1:" + port + ")/" + DATABASE;
    }

    /** Ends the connection that inserts into a table next, before it does. */
    void endConnectionAtFirstInsert(String table) throws IOException, InterruptedException {
        ask(DATABASE, """
                create table ended (once int) engine = myisam;
                delimiter //
                create trigger end_once before insert on %s for each row begin
                    if (select count(*) from ended) = 0 then
                        insert into ended values (1);
                        kill connection_id();
                    end if;
                end //
                delimiter ;""".formatted(table));
    }

    /** What a query gives, a line for each row. */
    List<String> query(String sql) throws IOException, InterruptedException {
        return ask(DATABASE, sql).lines().toList();
    }

    private void makeTables() throws IOException, InterruptedException {
        ask("", "create database " + DATABASE);
        for (String host : List.of("127.0.0.1", "localhost")) {
            ask("", "create user '%s'@'%s' identified by '%s'".formatted(USER, host, PASSWORD));
            ask("", "grant all on %s.* to '%s'@'%s'".formatted(DATABASE, USER, host));
            ask("", "create user '%s'@'%s'".formatted(INSERTER, host));
            ask("", "grant select, insert on %s.* to '%s'@'%s'".formatted(DATABASE, INSERTER, host));
        }
        ask(DATABASE, """
                create table overlaybd_layers (
                    host varchar(255) not null, repo varchar(255) not null, chain_id varchar(255) not null,
                    data_digest varchar(255) not null, data_size bigint not null,
                    primary key (host, repo, chain_id), key (host, chain_id)) charset = utf8""");
        ask(DATABASE, """
                create table overlaybd_manifests (
                    host varchar(255) not null, repo varchar(255) not null, src_digest varchar(255) not null,
                    out_digest varchar(255) not null, data_size bigint not null, mediatype varchar(255) not null,
                    primary key (host, repo, src_digest, mediatype), key (host, src_digest, mediatype)) charset = utf8""");
    }

    private String ask(String database, String sql) throws IOException, InterruptedException {
        return Commands.in(directory)
                .run(
                        "mariadb",
                        "--no-defaults",
                        "--user=root",
                        "--socket=" + socket(),
                        "--batch",
                        "--skip-column-names",
                        "--execute=" + sql,
                        database)
                .orFail()
                .out();
    }

    private Path socket() {
        return directory.resolve("mariadb.sock");
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
