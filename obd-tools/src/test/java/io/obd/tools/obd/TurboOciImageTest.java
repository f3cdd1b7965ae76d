package io.obd.tools.obd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A turboOCI image that the original made is looked at in its registry. */
class TurboOciImageTest {
    private ImageRegistry registry;
    private String image;
    private byte[] original;

    @BeforeEach
    void start() throws Exception {
        registry = new ImageRegistry();
        original = golden("17befb98ed03270cc5608f1f9d4f7e1217e4081ee408d9c7122c8638a9e423db");
        registry.addTurboOciImage(
                "turbo",
                List.of(
                        golden("3c52a654dc402310771ebf0f4ca89ba543aa93703f763804ca8a2693ba99ffa9"),
                        golden("3ef89b55943cc2aee4947878d0f26e200365f2c5e451a692bdb6a8ee557e4907")),
                List.of(original, golden("ccb0e3125b14695ef1a801dcaefe3b4e8850aa4027b19e79a567c3e53a4c88e3")));
        image = registry.repository() + ":turbo";
    }

    @AfterEach
    void stop() {
        registry.close();
    }

    private static byte[] golden(String digest) throws IOException {
        return Files.readAllBytes(
                Path.of("../e2e/src/test/resources/golden/blobs").resolve(digest));
    }

    @Test
    void itsFilesAreReadFromTheOriginalLayers() throws Exception {
        ObdRun cat = ObdRun.of("cat", "--plain-http", image, "/etc/app.conf");
        ObdRun ls = ObdRun.of("ls", "--plain-http", image, "/bin");

        assertThat(cat.out()).isEqualTo("greeting=hello from layer two\n");
        assertThat(ls.out()).contains("busybox");
    }

    @Test
    void theirFileSystemMayBeErofs() throws Exception {
        registry.addTurboOciImage(
                "erofs",
                List.of(
                        golden("5d1ad25d485a96a896c98251f57fb95ee730c46baf4b3273d3c2683d9102f43d"),
                        golden("6f0eb33a70ee97addbfeccae28cecbaeab8ea18197b0a3e1eb8c9e0e4fe6133a")),
                List.of(original, golden("ccb0e3125b14695ef1a801dcaefe3b4e8850aa4027b19e79a567c3e53a4c88e3")));
        String erofs = registry.repository() + ":erofs";

        ObdRun cat = ObdRun.of("cat", "--plain-http", erofs, "/etc/app.conf");
        ObdRun diff = ObdRun.of("diff", "--plain-http", image, erofs);

        assertThat(cat.out()).isEqualTo("greeting=hello from layer two\n");
        assertThat(diff.err()).isEmpty();
        assertThat(diff.out()).isEqualTo("removed /lost+found\n");
    }

    @Test
    void anOriginalLayerThatIsAnotherOneIsAFault() throws Exception {
        registry.replace(original, new byte[1000]);

        ObdRun fsck = ObdRun.of("fsck", "--plain-http", image);

        assertThat(fsck.exitCode()).isEqualTo(1);
        assertThat(fsck.out())
                .contains("gzip index: it is for a gzip stream of ")
                .contains("not 1000");
    }
}
