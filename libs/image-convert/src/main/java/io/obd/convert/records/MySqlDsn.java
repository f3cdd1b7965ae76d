package io.obd.convert.records;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a MySQL database is and who asks, as Go's driver writes it: {@code user:password@tcp(host:port)/database}.
 *
 * @param address host and port
 */
public record MySqlDsn(String user, String password, String address, String database) {
    private static final Pattern FORM = Pattern.compile(
            "(?<user>[^:@/]*)(?::(?<password>.*))?@(?:tcp\\((?<address>[^()]+)\\))/(?<database>[^/?]+)(?:\\?.*)?");

    /**
     * Reads one.
     *
     * @throws IllegalArgumentException if it is not of that form; the text does not hold what was given
     */
    public static MySqlDsn parse(String text) {
        Matcher parts = FORM.matcher(text);
        if (!parts.matches()) {
            throw new IllegalArgumentException("USER:PASSWORD@tcp(HOST:PORT)/DATABASE is expected");
        }
        String password = parts.group("password");
        return new MySqlDsn(
                parts.group("user"), password == null ? "" : password, parts.group("address"), parts.group("database"));
    }

    String jdbcUrl() {
        return "jdbc:mariadb://" + address + "/" + database + "?connectTimeout=10000&socketTimeout=30000";
    }

    /** Without the password. */
    @Override
    public String toString() {
        return user + "@tcp(" + address + ")/" + database;
    }
}
