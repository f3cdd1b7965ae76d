package io.obd.convert.records;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MySqlDsnTest {
    @ParameterizedTest
    @CsvSource({
        "u:p@tcp(db.example:3307)/records, u, p, db.example, 3307, records",
        "u:p@tcp(db.example)/records, u, p, db.example, 3306, records",
        "u:p@tcp/records, u, p, 127.0.0.1, 3306, records",
        "u:p@/records, u, p, 127.0.0.1, 3306, records",
        "u@/records, u, '', 127.0.0.1, 3306, records",
        "/records, '', '', 127.0.0.1, 3306, records",
        "u:@tcp(h:1)/records, u, '', h, 1, records",
        "u:p:w@1/?#@tcp(h:1)/records, u, p:w@1/?#, h, 1, records",
        "a@server:p@tcp(h:1)/records, a@server, p, h, 1, records",
        "u:p@tcp(:3307)/records, u, p, 127.0.0.1, 3307, records",
        "u:p@tcp([::1])/records, u, p, [::1], 3306, records",
        "u:p@tcp([::1]:3306)/a%2Fb+c, u, p, [::1], 3306, a/b+c",
        "u:p@tcp(h:1)/records?parseTime=true&loc=UTC&tls, u, p, h, 1, records",
    })
    void whatGosDriverTakesIsTaken(String text, String user, String password, String host, int port, String database) {
        assertThat(MySqlDsn.parse(text))
                .isEqualTo(new MySqlDsn(user, password, host, port, database, MySqlDsn.Tls.NONE));
    }

    @ParameterizedTest
    @CsvSource({
        "tls=true, VERIFIED, verify-full",
        "tls=TRUE, VERIFIED, verify-full",
        "tls=Skip-Verify, UNVERIFIED, trust",
        "parseTime=true&tls=preferred, PREFERRED, trust",
        "tls=false, NONE, disable",
    })
    void tlsIsAsItIsWanted(String parameters, MySqlDsn.Tls tls, String mode) {
        MySqlDsn dsn = MySqlDsn.parse("u:p@tcp(h:1)/records?" + parameters);

        assertThat(dsn.tls()).isEqualTo(tls);
        assertThat(dsn.jdbcUrl()).startsWith("jdbc:mariadb://h:1/records?").contains("sslMode=" + mode + "&");
        assertThat(dsn.withoutTls().jdbcUrl()).contains("sslMode=disable");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "records",
                "u:secret@tcp(h:1)",
                "u:secret@tcp(h:1)/",
                "u:secret/records",
                "u:secret(h:1)/records",
                "u:se@secret/records",
                "u@/records?y:secret@tcp(h:1)/records?a:secret=b",
                "u:secret@tcp(h:1)/a%3Fb",
                "u:secret@tcp(h:0)/records",
                "u:secret@tcp(h:99999)/records",
                "u:secret@tcp(h:99999999)/records",
                "u:secret@tcp(h:1,evil:2)/records",
                "u:secret@unix(/run/mysqld.sock)/records",
                "u:secret@tcp(h:1)/records?tls=custom",
                "u:secret@tcp(h:1)/records?serverPubKey=x",
            })
    void allElseIsRefusedWithoutThePassword(String text) {
        assertThatThrownBy(() -> MySqlDsn.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .message()
                .isNotEmpty()
                .doesNotContain("secret");
    }

    @Test
    void itsTextHasNoPassword() {
        assertThat(MySqlDsn.parse("u:secret@/records")).hasToString("u@tcp(127.0.0.1:3306)/records");
    }
}
