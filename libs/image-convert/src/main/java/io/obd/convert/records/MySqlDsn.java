package io.obd.convert.records;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a MySQL database is and who asks, as Go's driver writes it: {@code user:password@tcp(host:port)/database?tls=true}.
 * Without an address it is 127.0.0.1:3306.
 *
 * @param host name, or address as it stands in a URL
 */
public record MySqlDsn(String user, String password, String host, int port, String database, Tls tls) {
    private static final String USUAL_HOST = "127.0.0.1";
    private static final int USUAL_PORT = 3306;
    private static final int LAST_PORT = 65535;

    /** As in the original, a password may hold anything, and what is behind its last {@code @} is the server. */
    private static final Pattern FORM = Pattern.compile(
            "(?:(?<user>[^:]*?)(?::(?<password>.*))?@)?(?<net>[^@(/]*)(?:\\((?<address>[^@()]*)\\))?/(?<database>[^/?]+)"
                    + "(?:\\?(?<parameters>.*))?");

    private static final Pattern ADDRESS =
            Pattern.compile("(?<host>\\[[0-9A-Fa-f:.%]+]|[^:,/?\\s]*)(?::(?<port>[0-9]{1,5}))?");

    /** What Go's driver can be told and what is not followed here. */
    private static final Set<String> WITHOUT_EFFECT = Set.of(
            "allowAllFiles",
            "allowFallbackToPlaintext",
            "allowNativePasswords",
            "allowOldPasswords",
            "charset",
            "checkConnLiveness",
            "clientFoundRows",
            "collation",
            "columnsWithAlias",
            "connectionAttributes",
            "interpolateParams",
            "loc",
            "maxAllowedPacket",
            "multiStatements",
            "parseTime",
            "readTimeout",
            "rejectReadOnly",
            "timeTruncate",
            "timeout",
            "writeTimeout");

    /** How the connection is protected. */
    public enum Tls {
        /** Not at all. */
        NONE,
        /** If the server has TLS, whoever it is. */
        PREFERRED,
        /** By TLS, whoever the server is. */
        UNVERIFIED,
        /** By TLS, with a certificate that the system trusts. */
        VERIFIED
    }

    /**
     * Reads one.
     *
     * @throws IllegalArgumentException if it is not of that form, or has a parameter that is not known; the text does not hold
     *     the password
     */
    public static MySqlDsn parse(String text) {
        Matcher parts = FORM.matcher(text);
        if (!parts.matches()) {
            throw new IllegalArgumentException("USER:PASSWORD@tcp(HOST:PORT)/DATABASE is expected");
        }
        String net = parts.group("net");
        if (!net.isEmpty() && !net.equals("tcp")) {
            throw new IllegalArgumentException(
                    "USER:PASSWORD@tcp(HOST:PORT)/DATABASE is expected, with no other way than tcp");
        }
        Matcher address = ADDRESS.matcher(orElse(parts.group("address"), USUAL_HOST));
        if (!address.matches()) {
            throw new IllegalArgumentException("HOST:PORT is expected in tcp(...)");
        }
        int port = Integer.parseInt(orElse(address.group("port"), Integer.toString(USUAL_PORT)));
        if (port < 1 || port > LAST_PORT) {
            throw new IllegalArgumentException("there is no port " + port);
        }
        return new MySqlDsn(
                orElse(parts.group("user"), ""),
                orElse(parts.group("password"), ""),
                orElse(address.group("host"), USUAL_HOST),
                port,
                unescaped(parts.group("database")),
                tls(orElse(parts.group("parameters"), "")));
    }

    private static String orElse(@Nullable String text, String other) {
        return text == null || text.isEmpty() ? other : text;
    }

    /** A plus sign means itself here, unlike in the query of a URL. */
    private static String unescaped(String database) {
        String name = URLDecoder.decode(database.replace("+", "%2B"), StandardCharsets.UTF_8);
        if (name.indexOf('?') >= 0 || name.indexOf('&') >= 0) {
            throw new IllegalArgumentException("a name of a database with ? or & in it");
        }
        return name;
    }

    private static Tls tls(String parameters) {
        Tls tls = Tls.NONE;
        for (String parameter : parameters.split("&")) {
            int equals = parameter.indexOf('=');
            if (equals < 0) {
                continue; // as Go's driver has it
            }
            String name = parameter.substring(0, equals);
            if (name.equals("tls")) {
                tls = switch (parameter.substring(equals + 1).toLowerCase(Locale.ROOT)) {
                    case "", "false", "0" -> Tls.NONE;
                    case "preferred" -> Tls.PREFERRED;
                    case "skip-verify" -> Tls.UNVERIFIED;
                    case "true", "1" -> Tls.VERIFIED;
                    default ->
                        throw new IllegalArgumentException("tls=true, false, skip-verify or preferred is expected");
                };
            } else if (!WITHOUT_EFFECT.contains(name)) {
                // Of an address that is written wrongly it may be anything.
                throw new IllegalArgumentException(
                        (name.matches("[A-Za-z]+") ? "the parameter " + name : "a parameter") + " is not known");
            }
        }
        return tls;
    }

    /** The same server without TLS. */
    MySqlDsn withoutTls() {
        return new MySqlDsn(user, password, host, port, database, Tls.NONE);
    }

    /** For MariaDB's driver. As Go's it asks a server for the key that passwords are encrypted with. */
    String jdbcUrl() {
        String mode =
                switch (tls) {
                    case NONE -> "disable";
                    case PREFERRED, UNVERIFIED -> "trust";
                    case VERIFIED -> "verify-full";
                };
        return "jdbc:mariadb://" + host + ":" + port + "/" + database
                + "?connectTimeout=10000&socketTimeout=30000&sslMode=" + mode + "&allowPublicKeyRetrieval=true";
    }

    /** Without the password. */
    @Override
    public String toString() {
        return user + "@tcp(" + host + ":" + port + ")/" + database;
    }
}
