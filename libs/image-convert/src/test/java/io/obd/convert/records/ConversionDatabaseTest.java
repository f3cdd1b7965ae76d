package io.obd.convert.records;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.convert.Blob;
import io.obd.registry.Digest;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConversionDatabaseTest {
    private static final Digest ONE = Digest.sha256(new byte[] {1});
    private static final Digest TWO = Digest.sha256(new byte[] {2});

    @TempDir
    private Path directory;

    private void change(String sql) throws Exception {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("records.db"));
                Statement statement = connection.createStatement()) {
            statement.executeUpdate(sql);
        }
    }

    @Test
    void theLastRowOfARepositoryCounts() throws Exception {
        try (ConversionDatabase database = ConversionDatabase.sqlite(directory.resolve("records.db"))) {
            database.put(new LayerRow("h", "a", new Blob(ONE, 1)), "chain");
            database.put(new LayerRow("h", "b", new Blob(ONE, 1)), "chain");
            database.put(new LayerRow("h", "a", new Blob(TWO, 2)), "chain");
            database.put(new ManifestRow("h", "a", ONE, 1), "source", "type");
            database.put(new ManifestRow("h", "a", TWO, 2), "source", "type");
            database.put(new ManifestRow("h", "a", ONE, 3), "source", "other");

            assertThat(database.layers("h", "chain"))
                    .containsExactlyInAnyOrder(
                            new LayerRow("h", "a", new Blob(TWO, 2)), new LayerRow("h", "b", new Blob(ONE, 1)));
            assertThat(database.manifests("h", "source", "type")).containsExactly(new ManifestRow("h", "a", TWO, 2));

            database.remove(new LayerRow("h", "a", new Blob(TWO, 2)), "chain");
            database.remove(new ManifestRow("h", "a", TWO, 2), "source", "type");
            assertThat(database.layers("h", "chain")).containsExactly(new LayerRow("h", "b", new Blob(ONE, 1)));
            assertThat(database.manifests("h", "source", "type")).isEmpty();
            assertThat(database.manifests("h", "source", "other")).hasSize(1);
        }
    }

    @Test
    void rowsThatNameNoBlobArePassedOver() throws Exception {
        try (ConversionDatabase database = ConversionDatabase.sqlite(directory.resolve("records.db"))) {
            database.put(new LayerRow("h", "good", new Blob(ONE, 1)), "chain");
            change("insert into overlaybd_layers values ('h', 'no-digest', 'chain', 'nonsense', 1)");
            change("insert into overlaybd_layers values ('h', 'no-size', 'chain', '" + ONE + "', -1)");
            change("insert into overlaybd_manifests values ('h', 'no-size', 'source', '" + ONE + "', -5, 'type')");

            assertThat(database.layers("h", "chain")).containsExactly(new LayerRow("h", "good", new Blob(ONE, 1)));
            assertThat(database.manifests("h", "source", "type")).isEmpty();
        }
    }

    @Test
    void aDatabaseToWhichThereIsNoWayBackIsAskedForNoMore() throws Exception {
        Connection first = DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("records.db"));
        AtomicInteger attempts = new AtomicInteger();
        try (ConversionDatabase database = new ConversionDatabase(
                () -> {
                    if (attempts.incrementAndGet() == 1) {
                        return first;
                    }
                    throw new SQLException("no way", "08001");
                },
                "records")) {
            first.close();

            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> database.layers("h", "chain")).hasMessage("no way");
            }

            assertThat(attempts).hasValue(2);
        }
    }
}
