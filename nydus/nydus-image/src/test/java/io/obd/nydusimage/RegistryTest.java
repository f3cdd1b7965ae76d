package io.obd.nydusimage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Blobs may be in a registry. */
class RegistryTest {
    private static final String ID = "28c9e2c4d5d418365d4fc70febf590896ada0a73e0c46d5a0696d1c89bfe5c0b";

    @TempDir
    private Path directory;

    private BlobRegistry registry;

    @BeforeEach
    void start() throws IOException {
        registry = new BlobRegistry(Command.golden("blobs"));
    }

    @AfterEach
    void stop() {
        registry.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"v5-zstd/base", "v6-merge/merged", "v6-opt-batch/base", "v6-targzref/base"})
    void anImageIsUnpackedAsFromLocalFiles(String image) throws IOException {
        Path bootstrap = Command.golden(image + ".boot");
        Path local = directory.resolve("local.tar");
        Path remote = directory.resolve("remote.tar");
        assertThat(Command.run(
                                "unpack",
                                bootstrap.toString(),
                                "-D",
                                Command.golden("blobs").toString(),
                                "--output",
                                local.toString())
                        .exitCode())
                .isZero();

        Command unpack = unpack(bootstrap, registry.backend(BlobRegistry.PASSWORD), remote);

        assertThat(unpack.exitCode()).as(unpack.err()).isZero();
        assertThat(remote).hasSameBinaryContentAs(local);
    }

    @Test
    void manyFilesAreFetchedTogether() {
        Path bootstrap = Command.golden("v6-none/base.boot");

        Command unpack = unpack(bootstrap, registry.backend(BlobRegistry.PASSWORD), directory.resolve("tree.tar"));

        assertThat(unpack.exitCode()).as(unpack.err()).isZero();
        assertThat(registry.requests()).isBetween(2, 5);
    }

    @Test
    void aConfigurationOfNydusdSaysWhereTheRegistryIs() throws IOException {
        Path config = Files.writeString(
                directory.resolve("nydusd.json"),
                "{\"device\":{\"backend\":{\"type\":\"registry\",\"config\":" + registry.backend(BlobRegistry.PASSWORD)
                        + "}},\"mode\":\"direct\"}");

        Command check = Command.run(
                "check",
                "-C",
                config.toString(),
                Command.golden("v6-merge/merged.boot").toString());

        assertThat(check.exitCode()).as(check.err()).isZero();
        assertThat(registry.requests()).isPositive();
    }

    @Test
    void aConfigurationMayBeInAFile() throws IOException {
        Path config = Files.writeString(directory.resolve("backend.json"), registry.backend(BlobRegistry.PASSWORD));

        Command check = Command.run(
                "check",
                "--backend-type",
                "registry",
                "--backend-config-file",
                config.toString(),
                Command.golden("v6-none/base.boot").toString());

        assertThat(check.exitCode()).as(check.err()).isZero();
        assertThat(registry.requests()).isPositive();
    }

    @Test
    void aWrongPasswordIsSaidAndNotShown() {
        Path tar = directory.resolve("tree.tar");

        Command unpack = unpack(Command.golden("v6-none/base.boot"), registry.backend("wr0ng"), tar);

        assertThat(unpack.exitCode()).isEqualTo(1);
        assertThat(unpack.err())
                .startsWith("nydus-image unpack: ")
                .contains(registry.url(ID))
                .contains("401")
                .doesNotContain("wr0ng");
        assertThat(tar).doesNotExist();
    }

    @Test
    void aBlobThatIsNotThereIsNamed() throws IOException {
        Path tar = directory.resolve("tree.tar");
        try (BlobRegistry empty = new BlobRegistry(directory)) {
            Command unpack = unpack(Command.golden("v6-none/base.boot"), empty.backend(BlobRegistry.PASSWORD), tar);

            assertThat(unpack.exitCode()).isEqualTo(1);
            assertThat(unpack.err()).contains(empty.url(ID)).contains("404");
            assertThat(tar).doesNotExist();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"unpack", "check"})
    void aDamagedChunkIsNamedWithItsPlace(String command) throws IOException {
        Path tar = directory.resolve("tree.tar");
        byte[] blob = Files.readAllBytes(Command.golden("blobs/" + ID));
        blob[500_000] ^= 1;
        Files.write(directory.resolve(ID), blob);
        try (BlobRegistry damaged = new BlobRegistry(directory)) {
            String backend = damaged.backend(BlobRegistry.PASSWORD);
            Path bootstrap = Command.golden("v6-none/base.boot");
            Command run = command.equals("unpack")
                    ? unpack(bootstrap, backend, tar)
                    : Command.run(
                            "check", "--backend-type", "registry", "--backend-config", backend, bootstrap.toString());

            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.err()).contains(damaged.url(ID)).contains("CRC-32C");
            assertThat(tar).doesNotExist();
        }
    }

    private static Command unpack(Path bootstrap, String backend, Path tar) {
        return Command.run(
                "unpack",
                bootstrap.toString(),
                "--backend-type",
                "registry",
                "--backend-config",
                backend,
                "--output",
                tar.toString());
    }
}
