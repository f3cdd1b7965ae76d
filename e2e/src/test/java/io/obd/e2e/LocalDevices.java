package io.obd.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A backend without a registry, with FUSE and loop devices, and the specifications of devices whose layers are local. */
final class LocalDevices {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final Path directory;
    private final Backend backend;

    private LocalDevices(Path directory, Backend backend) {
        this.directory = directory;
        this.backend = backend;
    }

    /** Starts it below a directory. */
    static LocalDevices start(Path directory) throws IOException, InterruptedException {
        return start(directory, Map.of());
    }

    /**
     * Starts it below a directory.
     *
     * @param more keys of overlaybd.json
     */
    static LocalDevices start(Path directory, Map<String, Object> more) throws IOException, InterruptedException {
        Backend backend = Backend.ofLocalLayers(directory.resolve("b"), TestEnvironment.installation(), more);
        backend.start();
        return new LocalDevices(directory, backend);
    }

    Backend backend() {
        return backend;
    }

    /** Makes a new writable layer the specification of a name. */
    void specifyUpper(String name, int gigabytes) throws IOException, InterruptedException {
        Commands.in(directory)
                .run(
                        TestEnvironment.installation().tool("overlaybd-create"),
                        file(name, "data"),
                        file(name, "index"),
                        Integer.toString(gigabytes))
                .orFail();
        specify(name, List.of(), Map.of("data", file(name, "data"), "index", file(name, "index")));
    }

    /** Makes a layer, committed from the upper of one name, the specification of another one. */
    void specifyCommit(String upper, String name) throws IOException, InterruptedException {
        commit(upper, name);
    }

    /** Does the same with a layer that is compressed, and so has checksums. */
    void specifyCompressedCommit(String upper, String name) throws IOException, InterruptedException {
        commit(upper, name, "-z");
    }

    private void commit(String upper, String name, String... options) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of(TestEnvironment.installation().tool("overlaybd-commit")));
        command.addAll(List.of(options));
        command.addAll(List.of(file(upper, "data"), file(upper, "index"), file(name, "layer")));
        Commands.in(directory).run(command).orFail();
        specifyLayer(name, Path.of(file(name, "layer")));
    }

    /** Makes a layer the specification of a name. */
    void specifyLayer(String name, Path layer) throws IOException {
        specify(name, List.of(Map.of("file", layer.toString())), Map.of());
    }

    /** Makes a layer in a registry the specification of a name. */
    void specifyRemote(String name, String repository, String digest) throws IOException {
        specify(name, repository, List.of(Map.of("digest", digest)), Map.of());
    }

    private void specify(String name, List<Map<String, String>> lowers, Map<String, String> upper) throws IOException {
        specify(name, "", lowers, upper);
    }

    private void specify(String name, String repository, List<Map<String, String>> lowers, Map<String, String> upper)
            throws IOException {
        Files.writeString(
                Path.of(file(name, "json")),
                Json.write(Map.of("repoBlobUrl", repository, "lowers", lowers, "upper", upper)));
    }

    /** A file of a name: {@code data} and {@code index} of its upper, its {@code layer}. */
    String file(String name, String kind) {
        return directory.resolve(name + "." + kind).toString();
    }

    /** The node of a device, attached if it is not. */
    String attach(String name) throws IOException, InterruptedException {
        String request = Json.write(Map.of("id", name, "config", file(name, "json")));
        return api("/v1/devices", "--data", request).path("device").asText();
    }

    /** Why a device cannot be attached. */
    String refusal(String name) throws IOException, InterruptedException {
        String request = Json.write(Map.of("id", name, "config", file(name, "json")));
        return call("-sS", "/v1/devices", "--data", request).path("error").toString();
    }

    void detach(String name) throws IOException, InterruptedException {
        api("/v1/devices/" + name, "--request", "DELETE");
    }

    /** How many devices there are. */
    int count() throws IOException, InterruptedException {
        return api("/v1/devices").path("devices").size();
    }

    private JsonNode api(String path, String... options) throws IOException, InterruptedException {
        return call("-sSf", path, options);
    }

    private JsonNode call(String manner, String path, String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                "curl", manner, "--unix-socket", backend.controlSocket().toString(), "http://localhost" + path));
        command.addAll(List.of(options));
        return Json.read(
                Commands.in(directory).within(LIMIT).run(command).orFail().out());
    }

    /** Ends the backend, and what it has left. */
    void end() throws IOException, InterruptedException {
        backend.stop();
        new Leftovers(directory).sweep();
    }
}
