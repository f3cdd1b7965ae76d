package io.obd.nydusd.ctl;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;

/** Texts as the original has them of the same answers. */
class SummaryTest {
    @Test
    void anImageIsShownBelowItsDaemon() throws JsonProcessingException {
        assertThat(Summary.info(json("""
                {"version": {"package_ver": "1.0", "profile": "release", "git_commit": "abc"}, "state": "RUNNING",
                 "backend_collection": {"/": {"backend_type": "Rafs", "mounted_time": "now", "config": {
                   "cache": {"prefetch": {"enable": true, "batch_size": 1048576}}, "rafs": {"mode": "direct"}}}}}"""))).isEqualTo("""

                        Version:                "1.0"
                        Status:                 "RUNNING"
                        Profile:                "release"
                        Commit:                 "abc"
                        Instances:
                        \tInstance Mountpoint:  /
                        \tType:  Rafs
                        \tMounted Time:  now
                        \tMode:  direct
                        \tPrefetch:  true
                        \tPrefetch Merging Size:  1048576

                        """);
    }

    @Test
    void aCacheThatHasPrefetchedHasABandwidth() throws JsonProcessingException {
        assertThat(Summary.cache(json("""
                {"partial_hits": 0, "whole_hits": 7, "total": 9, "store_path": "/c", "underlying_files": ["a"],
                 "buffered_backend_size": 0, "prefetch_workers": 2, "prefetch_data_amount": 3145728,
                 "prefetch_requests_count": 3, "prefetch_unmerged_chunks": 0, "prefetch_cumulative_time_millis": 600,
                 "prefetch_begin_time_secs": 10, "prefetch_begin_time_millis": 500,
                 "prefetch_end_time_secs": 12, "prefetch_end_time_millis": 0}"""))).isEqualTo("""

                        Partial Hits:               0
                        Whole Hits:                 7
                        Total Read:                 9
                        Directory:                  "/c"
                        Files:                      ["a"]
                        Persister Buffer:           0

                        Prefetch Workers:           2
                        Prefetch Amount:            3145728 = 3072 KB
                        Prefetch Requests:          3
                        Prefetch Average Size:      1048576 Bytes
                        Prefetch Duration:          1.5 Seconds
                        Prefetch Bandwidth:         2 MB/S
                        Prefetch Request Latency:   0.2 Seconds
                        Prefetch Unmerged:          0
                        """);
    }

    @Test
    void aCacheThatHasNotPrefetchedHasNone() throws JsonProcessingException {
        assertThat(Summary.cache(json("{}")).lines())
                .contains("Prefetch Bandwidth:         0 MB/S", "Prefetch Request Latency:   0 Seconds");
    }

    @Test
    void readsOfABackendAreInATable() throws JsonProcessingException {
        assertThat(Summary.backend(json(backend(3, 1_572_864, 90, "0,0,0,0,0,0,30,60", "0,0,0,0,0,0,1,2")))
                        .stripTrailing())
                .isEqualTo("""

                        Backend Type:       "registry"
                        Read Amount:        1572864 Bytes (1.5 MB)
                        Read Count:         3
                        Read Errors:        0

                        Block Sizes:             <1K     1K~     4K~     16K~    64K~    128K~   512K~   1M~\s\s\s\s\s
                        Average Latency(millis): 0       0       0       0       0       0       30      30\s\s\s\s\s\s

                        Block Sizes:             <1K     1K~     4K~     16K~    64K~    128K~   512K~   1M~\s\s\s\s\s
                        Request Count:           0       0       0       0       0       0       1       2""");
    }

    @Test
    void ofTwoAnswersTheDifferenceIsShown() throws JsonProcessingException {
        JsonNode before = json(backend(3, 1_572_864, 90, "0,0,0,0,0,0,30,60", "0,0,0,0,0,0,1,2"));
        JsonNode after = json(backend(5, 3_670_016, 130, "0,0,0,0,0,0,30,100", "0,0,0,0,0,0,1,4"));

        assertThat(Summary.backend(before, after, 2).lines())
                .contains(
                        "Backend Read Bandwidth:     1024 KB/S",
                        "Backend Average IO Size:    1048576 Bytes",
                        "Backend Average Latency:    20 millis",
                        "0       0       0       0       0       0       0       20      ");
        assertThat(Summary.backend(after, before, 2).lines()).contains("Backend Average IO Size:    0 Bytes");
    }

    @Test
    void requestsAreCountedByTheirKinds() throws JsonProcessingException {
        assertThat(Summary.requests(json("""
                {"read_latency_dist": [5,1,0,0,0,0,0,0], "fop_errors": [0,0,0,0,2,0,0,0,0,0,0,0,0,0,0],
                 "fop_hits": [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15], "data_read": 3145728}""")).lines())
                .contains(
                        "Read Latency:   <1ms    ~20ms   ~50ms   ~100ms  ~500ms  ~1s     ~2s     2s~     ",
                        "Reads Count:    5       1       0       0       0       0       0       0       ",
                        "Read Errors: 2",
                        "Read Data: 3145728Bytes (3MB)",
                        "Getattr(1) Readlink(2) Open(3) Release(4) Read(5) Statfs(6) Getxattr(7) Listxattr(8)",
                        "Opendir(9) Lookup(10) Readdir(11) Readdirplus(12) Access(13) Forget(14) BatchForget(15)");
    }

    private static String backend(int reads, int bytes, int millis, String millisBySize, String bySize) {
        return """
                {"backend_type": "registry", "read_count": %d, "read_errors": 0, "read_amount_total": %d,
                 "read_cumulative_latency_millis_total": %d, "read_cumulative_latency_millis_dist": [%s],
                 "read_count_block_size_dist": [%s]}""".formatted(reads, bytes, millis, millisBySize, bySize);
    }

    private static JsonNode json(String text) throws JsonProcessingException {
        return new ObjectMapper().readTree(text);
    }
}
