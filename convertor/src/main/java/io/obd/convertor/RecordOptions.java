package io.obd.convertor;

import io.obd.convert.records.ConversionDatabase;
import io.obd.convert.records.MySqlDsn;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import picocli.CommandLine.Option;

/** Where is written down what was converted, so that it is not done twice. */
final class RecordOptions {
    private static final String SQLITE = "sqlite";
    private static final String MYSQL = "mysql";
    private static final String NONE = "none";

    /** {@code USER:PASSWORD@NET(ADDRESS)/DATABASE}, not all of which has to be there. */
    private static final Pattern SERVER = Pattern.compile("[^:/]*:.*@[a-z0-9]*(\\(.*\\))?/.*");

    @Option(
            names = "--db-type",
            paramLabel = "sqlite|mysql|none",
            defaultValue = SQLITE,
            description = "database of what was converted before, which is not done again (default: ${DEFAULT-VALUE})")
    private String type = "";

    @Option(
            names = "--db-str",
            paramLabel = "FILE|DSN",
            defaultValue = "",
            description = {
                "the file of an sqlite database (default: ~/.cache/overlaybd/convertor.db),",
                "or where a mysql database is: USER:PASSWORD@tcp(HOST:PORT)/DATABASE"
            })
    private String place = "";

    /** @throws IllegalArgumentException if there is no such kind of database */
    void requireSense() {
        if (!isOff() && !Set.of(SQLITE, MYSQL).contains(type)) {
            throw new IllegalArgumentException("--db-type: sqlite, mysql or none, not " + type);
        }
    }

    /** The original's default is an empty text. */
    private boolean isOff() {
        return type.isEmpty() || type.equals(NONE);
    }

    void findIdle(IdleFlags idle, boolean remembered) {
        if (isOff()) {
            idle.note("--db-str", "--db-type is none");
        } else if (!remembered) {
            for (String flag : List.of("--db-str", "--db-type")) {
                idle.note(flag, "only what is uploaded to a registry is remembered");
            }
        }
    }

    /**
     * Opens the database.
     *
     * @return nothing if there is to be none, or the default one cannot be used
     * @throws IllegalArgumentException if the flags are wrong; the text names the flag
     * @throws IOException if a database that was asked for cannot be used
     */
    Optional<ConversionDatabase> open(Logger log) throws IOException {
        requireSense();
        if (isOff()) {
            return Optional.empty();
        }
        return switch (type) {
            case MYSQL -> Optional.of(ConversionDatabase.mysql(dsn()));
            default -> place.isEmpty() ? ofUser(log) : Optional.of(ConversionDatabase.sqlite(file()));
        };
    }

    /** Where a mysql database is becomes no name of a file: there may be a password in it. */
    private Path file() {
        if (place.contains("@tcp(")
                || place.contains("@unix(")
                || SERVER.matcher(place).matches()) {
            throw new IllegalArgumentException("--db-str: that is where a mysql database is, give --db-type mysql too");
        }
        return Path.of(place);
    }

    private MySqlDsn dsn() {
        try {
            return MySqlDsn.parse(place);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("--db-str: " + e.getMessage(), e);
        }
    }

    private static Optional<ConversionDatabase> ofUser(Logger log) {
        try {
            return Optional.of(ConversionDatabase.sqlite(cache(System.getenv()).resolve("overlaybd/convertor.db")));
        } catch (IOException e) {
            log.warn("conversions are not remembered: {}", e.getMessage());
            return Optional.empty();
        }
    }

    private static Path cache(Map<String, String> environment) {
        String cache = environment.getOrDefault("XDG_CACHE_HOME", "");
        if (!cache.isEmpty()) {
            return Path.of(cache);
        }
        String home = environment.getOrDefault("HOME", "");
        return Path.of(home.isEmpty() ? System.getProperty("user.home") : home, ".cache");
    }
}
