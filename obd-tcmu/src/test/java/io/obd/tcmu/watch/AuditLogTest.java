package io.obd.tcmu.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.blobstore.BlobEvents;
import io.obd.registry.Digest;
import io.obd.tcmu.watch.DataPathWatch.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditLogTest {
    private static final String BLOB = "https://registry.example/v2/app/blobs/sha256:1";
    private static final int MILLISECOND = 1_000_000;

    @TempDir
    Path dir;

    @Test
    void everyFetchHasALine() throws IOException {
        assertThat(operations(log -> {
                    log.layers(Place.REMOTE).fetched(BLOB, 4096, 262144, 3 * MILLISECOND);
                    log.layers(Place.DOWNLOAD).fetched(BLOB, 0, 1, 2000);
                }))
                .containsExactly(
                        "download[pathname=" + BLOB + "][offset=4096][size=262144][latency=3000]",
                        "bk_download[pathname=" + BLOB + "][offset=0][size=1][latency=2]");
    }

    @Test
    void readsAndWritesHaveALineIfTheyTookLong() throws IOException {
        assertThat(operations(log -> {
                    BlobEvents cache = log.layers(Place.REMOTE);
                    cache.hit(BLOB, 0, 512, MILLISECOND / 2);
                    cache.hit(BLOB, 512, 512, 2 * MILLISECOND);
                    BlobEvents files = log.layers(Place.LOCAL);
                    files.hit("/layer", 0, 512, 9 * MILLISECOND);
                    files.hit("/layer", 512, 512, 11 * MILLISECOND);
                    log.written("/upper", 0, 512, 9 * MILLISECOND);
                    log.written("/upper", 512, 512, 11 * MILLISECOND);
                }))
                .containsExactly(
                        "file:read[pathname=" + BLOB + "][offset=512][size=512][latency=2000]",
                        "file:pread[pathname=/layer][offset=512][size=512][latency=11000]",
                        "file:write[pathname=/upper][offset=512][size=512][latency=11000]");
    }

    @Test
    void whatTheCacheDropsHasALine() throws IOException {
        Digest blob = Digest.sha256(new byte[0]);

        assertThat(operations(log -> log.evicted(blob, 4096)))
                .containsExactly("eviction[pathname=" + blob + "][offset=0][size=4096][latency=0]");
    }

    @Test
    void itGoesOnAtTheEndOfTheFileAndKeepsThreeFiles() throws IOException {
        Path file = dir.resolve("audit.log");
        for (int i = 0; i < 5; i++) {
            try (AuditLog log = AuditLog.open(file, 100)) {
                log.layers(Place.REMOTE).fetched(BLOB, i, 1, 1000);
            }
        }

        assertThat(file).content().contains("[offset=4]");
        assertThat(dir.resolve("audit.log.1")).content().contains("[offset=3]");
        assertThat(dir.resolve("audit.log.2")).content().contains("[offset=2]");
        assertThat(dir.resolve("audit.log.3")).doesNotExist();
    }

    private interface Events {
        void of(AuditLog log);
    }

    /** What the lines say behind time and thread. */
    private List<String> operations(Events events) throws IOException {
        Path file = dir.resolve("audit.log");
        try (AuditLog log = AuditLog.open(file)) {
            events.of(log);
        }
        return Files.readAllLines(file).stream()
                .map(line -> line.replaceFirst("^[0-9/]{10} [0-9:]{8}\\|AUDIT\\|th=[0-9A-F]{16}\\|", ""))
                .toList();
    }
}
