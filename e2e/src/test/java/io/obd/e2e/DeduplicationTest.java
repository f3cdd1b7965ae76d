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
        for (String repository : List.of("a/app", "b/app")) {
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
        assertThat(database.query("select distinct repo from overlaybd_layers order by repo"))
                .containsExactly("a/app", "b/app");
        assertThat(database.query("select repo from overlaybd_manifests order by repo"))
                .containsExactly("a/app", "b/app");
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

    private Run run(String repository, String tag, String dsn) throws Exception {
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
        return Commands.in(TestEnvironment.directory(Run.class)).run(command);
    }
}
