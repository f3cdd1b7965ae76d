package io.obd.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.registry.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UploadTest {
    private static final String DONE = "overlaybd-commit has committed files SUCCESSFULLY\n";

    @TempDir
    private Path dir;

    private FakeRegistry registry;
    private Path data;
    private Path index;
    private Path result;

    @BeforeEach
    void start() throws IOException {
        registry = new FakeRegistry();
        data = Files.copy(Golden.blocks("lsmt/rw-log-1/data"), dir.resolve("data"));
        index = Files.copy(Golden.blocks("lsmt/rw-log-1/index"), dir.resolve("index"));
        result = dir.resolve("result");
    }

    @AfterEach
    void stop() {
        registry.close();
    }

    private ToolRun commit(Object... options) {
        Object[] arguments = new Object[options.length + 6];
        System.arraycopy(options, 0, arguments, 0, options.length);
        Object[] fixed = {"-z", "--upload", registry.uploads(), data, index, result};
        System.arraycopy(fixed, 0, arguments, options.length, fixed.length);
        return ToolRun.of("commit", arguments);
    }

    private void assertUploaded(ToolRun run) throws IOException {
        byte[] file = Files.readAllBytes(result);
        String digest = Digest.sha256(file).toString();
        assertThat(run).isEqualTo(new ToolRun(0, DONE, digest + "\n"));
        assertThat(registry.blobs).containsOnlyKeys(digest);
        assertThat(registry.blobs.get(digest)).isEqualTo(file);
    }

    @Test
    void theBlobIsTheFileAndItsDigestIsSaid() throws Exception {
        assertUploaded(commit());
        assertThat(registry.sent).containsExactly("PUT");
        // What overlaybd-zfile makes of the layer: a leading header that is not written again.
        assertThat(ZFiles.content(result)).isEqualTo(ZFiles.content(Golden.blocks("lsmt/commit-1/lz4-4k.zfile")));
        assertThat(Files.readAllBytes(result)[32]).isEqualTo((byte) 0x13);
    }

    @Test
    void aLargeLayerGoesInChunksWhileItIsWritten() throws Exception {
        assertUploaded(commit("--upload_bs", 32));
        assertThat(registry.sent)
                .hasSize(6)
                .startsWith("PATCH 0-32767", "PATCH 32768-65535")
                .endsWith("PUT");
    }

    @Test
    void anUploadThatBreaksGoesOnWhereTheRegistryStands() throws Exception {
        registry.breakAt(40_000);

        assertUploaded(commit("--upload_bs=32"));
        assertThat(registry.sent).contains("PATCH 40000-72767");
    }

    @Test
    void aPasswordIsTakenFromTheFileOfCredentials() throws Exception {
        registry.requirePassword("me:secret");
        Path credentials = Files.writeString(
                dir.resolve("cred.json"),
                "{\"auths\": {\"" + registry.host() + "/team\": {\"auth\": \""
                        + Base64.getEncoder().encodeToString("me:secret".getBytes(StandardCharsets.UTF_8))
                        + "\"}}}");

        assertUploaded(commit("--cred_file_path", credentials));
    }

    @ParameterizedTest
    @CsvSource({"401, no credentials were given", "403, 403", "404, 404", "500, 500", "429, 429"})
    void aRefusalIsReportedAndLeavesNothing(int status, String reason) {
        if (status == 401) {
            registry.requirePassword("me:secret");
        } else {
            registry.answerAlways(status);
        }

        ToolRun run = commit();

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).startsWith("POST " + registry.uploads() + ": ").contains(reason);
        assertThat(dir)
                .isDirectoryNotContaining(file -> file.getFileName().toString().startsWith("result"));
    }

    @Test
    void aRegistryThatIsNotThereIsReported() {
        registry.close();

        ToolRun run = commit();

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.err()).contains("cannot connect");
        assertThat(result).doesNotExist();
    }

    @Test
    void aMergedLayerIsUploadedToo() throws Exception {
        Path config = Disks.config(dir.resolve("config.v1.json"), List.of(), data, index);

        ToolRun run = ToolRun.of("merge", config, result, "--upload", registry.uploads(), "--upload_bs", 64);

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.err()).isEqualTo(Digest.sha256(Files.readAllBytes(result)) + "\n");
        assertThat(registry.blobs).hasSize(1);
    }

    @Test
    void wrongArgumentsAreRefused() {
        assertThat(ToolRun.of("commit", "--upload", registry.uploads(), data, index, result))
                .isEqualTo(new ToolRun(255, "", "--upload: only compressed layers are uploaded\n"));
        assertThat(commit("-t").err()).startsWith("--upload and -t exclude each other");
        assertThat(commit("-t").exitCode()).isEqualTo(255);
        assertThat(commit("--upload_bs", 0).exitCode()).isEqualTo(105);
        assertThat(commit("--cred_file_path", dir.resolve("none")).exitCode()).isEqualTo(105);
        assertThat(commit("--tls_key_path", data).exitCode()).isEqualTo(105);
        assertThat(ToolRun.of("commit", "-z", "--upload", "http://localhost/x", data, index, result)
                        .err())
                .startsWith("--upload: not the URL of a repository's uploads");
        assertThat(result).doesNotExist();
    }
}
