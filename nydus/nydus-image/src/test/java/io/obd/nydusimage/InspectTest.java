package io.obd.nydusimage;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class InspectTest {

    @Test
    void blobsAreListedWithTheirSizes() {
        assertThat(inspect("v6-none/base.boot", "blobs").out())
                .isEqualToIgnoringNewLines(
                        "[{\"blob_id\":\"28c9e2c4d5d418365d4fc70febf590896ada0a73e0c46d5a0696d1c89bfe5c0b\","
                                + "\"readahead_offset\":0,\"readahead_size\":0,"
                                + "\"decompressed_size\":2428928,\"compressed_size\":1441765}]");
    }

    @Test
    void aHardLinkIsCountedOnce() {
        assertThat(inspect("v5-none/base.boot", "stats").out()).isEqualToIgnoringNewLines("{\"inodes_count\":424}");
    }

    @Test
    void filesToPrefetchHaveTheirPaths() {
        assertThat(inspect("v6-opt-prefetch/base.boot", "prefetch").out())
                .containsSubsequence("\"/etc\"", "\"/text1m3.txt\"", "\"/usr/bin/tool\"");
    }

    @Test
    void whatCannotBeAskedIsRefused() {
        Command inspect = inspect("v6-none/base.boot", "ls");

        assertThat(inspect.exitCode()).isEqualTo(2);
        assertThat(inspect.err()).contains("there is no request 'ls'");
    }

    private static Command inspect(String image, String request) {
        return Command.run("inspect", Command.golden(image).toString(), "-R", request);
    }
}
