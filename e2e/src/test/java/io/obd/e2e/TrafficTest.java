package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TrafficTest {
    private static final String LOG = """
            time="2026-11-21T02:52:14Z" level=warning msg="something"
            127.0.0.1 - - [21/Nov/2026:02:52:15 +0000] "GET /v2/ HTTP/2.0" 401 87 "" "ua"
            127.0.0.1 - alice [21/Nov/2026:02:52:15 +0000] "GET /v2/a/b/blobs/sha256:11 HTTP/2.0" 206 4096 "" "ua"
            127.0.0.1 - alice [21/Nov/2026:02:52:15 +0000] "HEAD /v2/a/b/blobs/sha256:11 HTTP/1.1" 200 5000 "" "ua"
            127.0.0.1 - alice [21/Nov/2026:02:52:16 +0000] "GET /v2/a/b/blobs/sha256:22 HTTP/1.1" 200 100 "" "ua"
            127.0.0.1 - - [21/Nov/2026:02:52:16 +0000] "GET /v2/a/b/blobs/sha256:22 HTTP/1.1" 401 146 "" "ua"
            """;

    @Test
    void onlyAnsweredReadsOfBlobsCount() {
        Traffic traffic = Traffic.parse(LOG);

        assertThat(traffic.blobBytes()).isEqualTo(4196);
        assertThat(traffic.blobRequests()).isEqualTo(2);
        assertThat(traffic.blobBytes("sha256:11")).isEqualTo(4096);
    }

    @Test
    void whatWasReadBeforeDoesNotCountAgain() {
        Traffic before = Traffic.parse(LOG.lines().limit(3).reduce("", (a, b) -> a + b + "\n"));

        assertThat(Traffic.parse(LOG).since(before).blobBytes()).isEqualTo(100);
    }
}
