package io.obd.tools.obd;

import com.fasterxml.jackson.core.JsonGenerator;
import io.obd.image.ControlClient;
import io.obd.image.DeviceStatus;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What the devices of a running backend have read, and where that came from. */
@Command(
        name = "status",
        sortOptions = false,
        description =
                "Shows for each device of the backend what was read of its layers and from where, what was fetched, "
                        + "and when all of it is on this host.")
final class Status implements Callable<Integer> {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(
            names = "--socket",
            paramLabel = "FILE",
            description = "the backend's controlSocket (default: ${DEFAULT-VALUE})")
    private Path socket = ControlClient.DEFAULT_SOCKET;

    @Option(names = "--json", description = "for programs: sizes in bytes")
    private boolean json;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "show this text")
    @SuppressWarnings("UnusedVariable") // read by picocli
    private boolean help;

    @Override
    public Integer call() throws IOException {
        List<DeviceStatus> devices = new ControlClient(socket, LIMIT).status();
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            printJson(devices, out);
        } else {
            devices.forEach(device -> print(device, out));
        }
        return ExitCode.OK;
    }

    static void print(DeviceStatus device, PrintWriter out) {
        out.printf(
                "%s  %s%n  image    %s, %d layers, a disk of %s%n",
                device.id(),
                device.device(),
                device.image().isEmpty() ? device.config() : device.image(),
                device.layers(),
                size(device.size()));
        out.printf(
                "  needed   %s from this host, %s from the cache, %s from the registry%n",
                size(device.needed().local()),
                size(device.needed().cache()),
                size(device.needed().registry()));
        out.printf(
                "  fetched  %s for reads, %s to keep; hit rate %.1f %%%n",
                size(device.fetched().reads()), size(device.fetched().download()), 100 * device.hitRate());
        out.printf(
                "  total    %s on this host, %s in the registry; %s%n",
                size(device.total().local()), size(device.total().remote()), toLocal(device.toLocal()));
        if (device.errors() > 0) {
            out.printf("  errors   %d, the last: %s%n", device.errors(), device.lastError());
        }
    }

    private static String toLocal(DeviceStatus.ToLocal toLocal) {
        return switch (toLocal.state()) {
            case "local" -> "all of it is on this host";
            case "remote" -> "no download in the background";
            case "waiting" -> "the download has not begun";
            case "downloading" ->
                toLocal.seconds() < 0
                        ? "the download has just begun"
                        : "all of it on this host in " + toLocal.seconds() + " s";
            case "failed" -> "the download gave up, see the log of the backend";
            default -> toLocal.state();
        };
    }

    private static String size(long bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= 1024 && unit < UNITS.length - 1) {
            value /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", value, UNITS[unit]);
    }

    static void printJson(List<DeviceStatus> devices, PrintWriter out) throws IOException {
        try (JsonGenerator json = Json.on(out)) {
            json.writeStartArray();
            for (DeviceStatus device : devices) {
                write(json, device);
            }
            json.writeEndArray();
        }
        out.println();
    }

    private static void write(JsonGenerator json, DeviceStatus device) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", device.id());
        json.writeStringField("device", device.device());
        json.writeStringField("config", device.config());
        json.writeStringField("image", device.image());
        json.writeNumberField("layers", device.layers());
        json.writeNumberField("size", device.size());
        json.writeObjectFieldStart("needed");
        json.writeNumberField("local", device.needed().local());
        json.writeNumberField("cache", device.needed().cache());
        json.writeNumberField("registry", device.needed().registry());
        json.writeEndObject();
        json.writeObjectFieldStart("fetched");
        json.writeNumberField("reads", device.fetched().reads());
        json.writeNumberField("download", device.fetched().download());
        json.writeEndObject();
        json.writeObjectFieldStart("total");
        json.writeNumberField("local", device.total().local());
        json.writeNumberField("remote", device.total().remote());
        json.writeEndObject();
        json.writeNumberField("hitRate", device.hitRate());
        json.writeNumberField("errors", device.errors());
        json.writeStringField("lastError", device.lastError());
        json.writeObjectFieldStart("toLocal");
        json.writeStringField("state", device.toLocal().state());
        json.writeNumberField("seconds", device.toLocal().seconds());
        json.writeEndObject();
        json.writeEndObject();
    }
}
