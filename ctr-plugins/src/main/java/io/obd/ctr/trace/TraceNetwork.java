package io.obd.ctr.trace;

import io.obd.ctr.client.CtrException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A network namespace for one container, with an interface on a bridge that leads nowhere else. The interface is the work
 * of the CNI plugins {@code bridge} and {@code host-local}.
 */
final class TraceNetwork implements AutoCloseable {
    private static final long LIMIT_SECONDS = 30;
    private static final int MAX_OUTPUT = 64 * 1024;
    private static final Path NAMESPACES = Path.of("/var/run/netns");
    private static final String CONFIG = """
            {"cniVersion":"0.3.1","name":"record-trace-cni","type":"bridge","bridge":"r-trace-br0","isGateway":false,\
            "ipMasq":true,"promiscMode":true,"ipam":{"type":"host-local",\
            "ranges":[[{"subnet":"10.99.0.0/16"}],[{"subnet":"2001:4860:4860::/64"}]],"routes":[]}}""";

    private final String name;
    private final Path plugins;

    private TraceNetwork(String name, Path plugins) {
        this.name = name;
        this.plugins = plugins;
    }

    /** Whether the plugins are there. */
    static boolean isPossible(Path plugins) {
        return Files.isExecutable(plugins.resolve("bridge")) && Files.isExecutable(plugins.resolve("host-local"));
    }

    /** Makes the namespace and its interface. */
    static TraceNetwork create(String name, Path plugins) throws CtrException, InterruptedException {
        run(List.of("ip", "netns", "add", name), Map.of(), "");
        TraceNetwork network = new TraceNetwork(name, plugins);
        try {
            network.plugin("ADD");
            run(List.of("ip", "-n", name, "link", "set", "lo", "up"), Map.of(), "");
        } catch (CtrException | InterruptedException e) {
            try {
                network.close();
            } catch (CtrException also) {
                e.addSuppressed(also);
            }
            throw e;
        }
        return network;
    }

    /** The namespace as a file. */
    Path path() {
        return NAMESPACES.resolve(name);
    }

    private void plugin(String command) throws CtrException, InterruptedException {
        run(
                List.of(plugins.resolve("bridge").toString()),
                Map.of(
                        "CNI_COMMAND",
                        command,
                        "CNI_CONTAINERID",
                        name,
                        "CNI_NETNS",
                        path().toString(),
                        "CNI_IFNAME",
                        "eth0",
                        "CNI_PATH",
                        plugins.toString()),
                CONFIG);
    }

    @Override
    public void close() throws CtrException {
        boolean interrupted = Thread.interrupted();
        try {
            try {
                plugin("DEL");
            } finally {
                run(List.of("ip", "netns", "delete", name), Map.of(), "");
            }
        } catch (InterruptedException e) {
            interrupted = true;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void run(List<String> command, Map<String, String> environment, String input)
            throws CtrException, InterruptedException {
        try {
            ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(command)).redirectErrorStream(true);
            builder.environment().putAll(environment);
            Process process = builder.start();
            try (OutputStream stdin = process.getOutputStream()) {
                stdin.write(input.getBytes(StandardCharsets.UTF_8));
            }
            String output = new String(process.getInputStream().readNBytes(MAX_OUTPUT), StandardCharsets.UTF_8).strip();
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new CtrException(command + " has not ended within " + LIMIT_SECONDS + " s");
            }
            if (process.exitValue() != 0) {
                throw new CtrException(
                        String.join(" ", command) + " failed: " + output,
                        "--disable-network-isolation goes without a network",
                        null);
            }
        } catch (CtrException e) {
            throw e;
        } catch (IOException e) {
            throw new CtrException(
                    "cannot run " + command.getFirst() + ": " + e.getMessage(),
                    "install it, or give --disable-network-isolation",
                    e);
        }
    }
}
