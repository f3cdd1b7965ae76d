package io.obd.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Reads of a block device past the page cache.
 *
 * @param device its path
 * @param length of the part that is read, in bytes from the start
 */
record Fio(Commands commands, String device, long length) {

    /** How many reads a second, how many bytes a second, and how long one took, in microseconds. */
    record Result(double iops, double bytesPerSecond, double meanMicros, double p99Micros) {
        String random() {
            return String.format(
                    Locale.ROOT, "%,.0f reads/s, %,.0f us each, 99%% below %,.0f us", iops, meanMicros, p99Micros);
        }

        String sequential() {
            return String.format(Locale.ROOT, "%,.0f MB/s", bytesPerSecond / 1e6);
        }
    }

    /** Random reads of 4 KiB: as many as said. */
    Result random(int depth, int count) throws IOException, InterruptedException {
        return run("--rw=randread", "--bs=4k", "--iodepth=" + depth, "--number_ios=" + count);
    }

    /** Random reads of 4 KiB for some time. */
    Result randomFor(int depth, int seconds) throws IOException, InterruptedException {
        return run("--rw=randread", "--bs=4k", "--iodepth=" + depth, "--time_based", "--runtime=" + seconds);
    }

    /** The whole region by the megabyte, one after the other. */
    Result sequential() throws IOException, InterruptedException {
        return run("--rw=read", "--bs=1M", "--iodepth=1");
    }

    /** The command with what is the same for all runs, for people. */
    String command() {
        return String.join(" ", common());
    }

    private List<String> common() {
        return List.of(
                "fio",
                "--name=reads",
                "--readonly",
                "--filename=" + device,
                "--direct=1",
                "--ioengine=libaio",
                "--size=" + length);
    }

    private Result run(String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(common());
        command.addAll(List.of(options));
        command.add("--output-format=json");
        JsonNode read = Json.read(commands.run(command).orFail().out())
                .path("jobs")
                .path(0)
                .path("read");
        JsonNode latency = read.path("clat_ns");
        return new Result(
                read.path("iops").asDouble(),
                read.path("bw_bytes").asDouble(),
                latency.path("mean").asDouble() / 1e3,
                latency.path("percentile").path("99.000000").asDouble() / 1e3);
    }
}
