package io.obd.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import io.obd.bench.FigureTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * What the main job costs: conversion, attaching a device and reading it, the daemon's memory, a lazy pull and the start
 * of a container. Registry, daemons and containerd run on this machine, over loopback. Started by {@code bench/main-job}.
 */
public final class MainJobFigures {
    private static final String REPOSITORY = "bench/image";
    private static final String SOURCE = REPOSITORY + ":v1";
    private static final String CONVERTED = REPOSITORY + ":v1_obd";
    private static final int ROUNDS = 3;
    private static final int COLD_READS = 400;
    private static final int SECONDS = 8;

    private final Stack stack;
    private final FigureTable table = new FigureTable(System.out);

    private MainJobFigures(Stack stack) {
        this.stack = stack;
    }

    /** Takes the repository's directory and that of the image. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path image = Path.of(arguments[1]);
        Path directory = Files.createTempDirectory(Path.of("/var/tmp"), "overlaybd-bench-");
        try (Stack stack = Stack.start(
                directory, Installation.at(Path.of(arguments[0], "dist/target/root")), Stack.Settings.usual())) {
            MainJobFigures figures = new MainJobFigures(stack);
            figures.machine();
            figures.conversion(image);
            figures.device();
            figures.container();
            figures.machine();
        }
        Directories.delete(directory);
    }

    private void machine() throws IOException {
        table.section("machine", "nproc; cat /proc/loadavg");
        table.row("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
        table.row("load", Files.readString(Path.of("/proc/loadavg")).strip());
    }

    private void conversion(Path image) throws IOException, InterruptedException {
        long tarBytes = Long.parseLong(Files.readString(image.resolve("bytes")).strip());
        stack.registry().push("oci:" + image.resolve("layout") + ":latest", SOURCE);
        ProgramWatch watch = new ProgramWatch("io.obd.convertor.Main");
        Run run;
        try (watch) {
            run = stack.convert(REPOSITORY, "--input-tag", "v1", "--oci", "--output-tag", "v1_obd")
                    .orFail();
        }
        double seconds = run.took().toMillis() / 1e3;
        table.section(
                "conversion",
                String.join(" ", run.command()).replace(stack.registry().user().pair(), "…"));
        table.row(
                "image",
                "%s of tar, %s in %d layers"
                        .formatted(
                                megabytes(tarBytes),
                                megabytes(layerBytes(SOURCE)),
                                layers(SOURCE).size()));
        table.row("result", megabytes(layerBytes(CONVERTED)));
        table.row("wall time", "%.1f s, %s".formatted(seconds, rate(tarBytes, seconds)));
        table.row("peak RSS", megabytes(watch.peakBytes()));
        table.row("processor time", "%.1f s: %s".formatted(watch.totalSeconds(), watch.threads()));
    }

    private void device() throws IOException, InterruptedException {
        table.section("attach", "POST /v1/devices");
        BenchDevice device = new BenchDevice(stack, CONVERTED);
        device.forget();
        String idle = memory();
        table.row("cold", millis(device.attach()));
        device.detach();
        List<Duration> warm = new ArrayList<>();
        for (int i = 0; i < ROUNDS; i++) {
            warm.add(device.attach());
            device.detach();
        }
        table.row("cached", millis(median(warm)));
        device.attach();
        String attached = memory();

        table.section("reads", device.reads().command());
        table.row(
                "4 KiB random, depth 1, cold",
                cold(device, fio -> fio.random(1, COLD_READS).random()));
        table.row(
                "4 KiB random, depth 16, cold",
                cold(device, fio -> fio.random(16, COLD_READS).random()));
        table.row("1 MiB sequential, cold", cold(device, fio -> fio.sequential().sequential()));
        Fio cached = device.reads();
        table.row("4 KiB random, depth 1, cached", cached.randomFor(1, SECONDS).random());
        table.row(
                "4 KiB random, depth 16, cached", cached.randomFor(16, SECONDS).random());
        table.row("1 MiB sequential, cached", cached.sequential().sequential());

        table.section("memory of overlaybd-tcmu", "grep -e VmRSS -e VmHWM /proc/PID/status");
        table.row("idle", idle);
        table.row("one device", attached);
        table.row("after the reads", memory());
        device.detach();
    }

    private void container() throws IOException, InterruptedException {
        List<Duration> pulls = new ArrayList<>();
        List<Duration> outputs = new ArrayList<>();
        long fetched = 0;
        String command = "";
        for (int i = 0; i < ROUNDS; i++) {
            stack.ctr().clear();
            new BenchDevice(stack, CONVERTED).forget();
            Traffic before = stack.registry().traffic();
            Run pull = stack.rpull(CONVERTED).orFail();
            Run run = stack.ctr()
                    .runOnce("overlaybd", stack.repository(CONVERTED), "bench-" + i, "python3", "-c", "print(1)")
                    .orFail();
            pulls.add(pull.took());
            outputs.add(pull.took().plus(run.firstOutput()));
            fetched = stack.registry().traffic().since(before).blobBytes();
            command = String.join(" ", run.command());
        }
        table.section("container", "ctr rpull …; " + command);
        table.row("rpull", millis(median(pulls)));
        table.row("rpull and run to the first output", millis(median(outputs)));
        table.row("fetched", megabytes(fetched) + " of " + megabytes(layerBytes(CONVERTED)));
    }

    /** A measurement with nothing cached, and what the registry sent for it. */
    private String cold(BenchDevice device, Reads reads) throws IOException, InterruptedException {
        device.forget();
        device.attach();
        Fio fio = device.reads();
        Traffic before = stack.registry().traffic();
        String result = reads.run(fio);
        Traffic traffic = stack.registry().traffic().since(before);
        return "%s (%d requests, %s)".formatted(result, traffic.blobRequests(), megabytes(traffic.blobBytes()));
    }

    private String memory() throws IOException {
        ProcessProbe probe = ProcessProbe.of(stack.backend().process());
        return megabytes(probe.residentBytes()) + ", at most " + megabytes(probe.peakResidentBytes());
    }

    private JsonNode layers(String image) throws IOException, InterruptedException {
        return stack.registry().manifest(image).path("layers");
    }

    private long layerBytes(String image) throws IOException, InterruptedException {
        long bytes = 0;
        for (JsonNode layer : layers(image)) {
            bytes += layer.path("size").asLong();
        }
        return bytes;
    }

    private static Duration median(List<Duration> times) {
        Collections.sort(times);
        return times.get(times.size() / 2);
    }

    private static String millis(Duration time) {
        return time.toMillis() + " ms";
    }

    private static String megabytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
    }

    private static String rate(long bytes, double seconds) {
        return String.format(Locale.ROOT, "%.0f MB/s", bytes / 1e6 / seconds);
    }

    /** One way of reading, and what it gave. */
    @FunctionalInterface
    private interface Reads {
        String run(Fio fio) throws IOException, InterruptedException;
    }
}
