package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Conversions that share a database of the original's form on a real server, and a real registry. */
@Tag("e2e")
@Tag("mariadb")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DeduplicationTest {
    private Registry registry;
    private MariaDb database;

    @BeforeAll
    void start() throws Exception {
        registry = Registry.start(
                TestEnvironment.directory(DeduplicationTest.class).resolve("registry"),
                new Registry.User("writer", "deduplication secret"));
        database = MariaDb.start(TestEnvironment.directory(MariaDb.class));
        for (String repository : List.of("a/app", "b/app", "c/app", "d/app")) {
            TestEnvironment.goldenImage().push("v1", registry, repository + ":v1");
        }
    }

    @AfterAll
    void stop() {
        database.close();
        registry.close();
    }

    @Test
    void layersAreConvertedOnceForTheWholeRegistry() throws Exception {
        Run first = convert("a/app", "obd");
        Run again = convert("a/app", "again");
        Run elsewhere = convert("b/app", "obd");

        assertThat(first.err()).contains("layer 0 uploaded");
        assertThat(again.err()).doesNotContain("downloaded layer", "uploaded layer");
        assertThat(elsewhere.err()).contains("layer 0 reused").doesNotContain("downloaded layer");
        assertThat(registry.manifest("b/app:obd")).isEqualTo(registry.manifest("a/app:obd"));
        assertThat(registry.manifest("a/app:again")).isEqualTo(registry.manifest("a/app:obd"));
        for (String table : List.of("overlaybd_layers", "overlaybd_manifests")) {
            assertThat(database.query("select distinct repo from " + table)).contains("a/app", "b/app");
        }
    }

    @Test
    void aConnectionThatTheServerEndsIsMadeAgain() throws Exception {
        database.endConnectionAtFirstInsert("overlaybd_layers");

        // Of a size of its own: nothing is there to be reused.
        Run run = run("c/app", "obd", database.dsn(), "--vsize", "32").orFail();

        assertThat(database.query("select once from ended")).hasSize(1);
        assertThat(run.err()).doesNotContain("was not changed");
        assertThat(database.query("select repo from overlaybd_layers where repo = 'c/app'"))
                .hasSize(registry.manifest("c/app:v1").get("layers").size());
    }

    @Test
    void whoMayOnlyInsertIsEnough() throws Exception {
        Run run = run("d/app", "obd", database.dsnOfInserter(), "--vsize", "16").orFail();

        assertThat(run.err()).doesNotContain("was not changed");
        assertThat(database.query("select repo from overlaybd_manifests where repo = 'd/app'"))
                .hasSize(1);
    }

    @Test
    void aServerThatIsNotThereIsNamedWithoutThePassword() throws Exception {
        Run run = run("a/app", "obd", "convertor:very secret@tcp(127.0.0.1:1)/conversion");

        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err())
                .contains("convertor@tcp(127.0.0.1:1)/conversion cannot be opened")
                .doesNotContain("very secret");
    }

    private Run convert(String repository, String tag) throws Exception {
        return run(repository, tag, database.dsn()).orFail();
    }

    private Run run(String repository, String tag, String dsn, String... more) throws Exception {
        List<String> command = new ArrayList<>(Arrays.asList(
                TestEnvironment.installation().convertor(),
                "--repository",
                registry.host() + "/" + repository,
                "--username",
                registry.user().pair(),
                "--root-ca",
                registry.authority().toString(),
                "--input-tag",
                "v1",
                "--output-tag",
                tag,
                "--db-type",
                "mysql",
                "--db-str",
                dsn));
        command.addAll(List.of(more));
        return Commands.in(TestEnvironment.directory(Run.class)).run(command);
    }
}
