package io.obd.nydussnapshotter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Mirrors of registries, in the form of containerd's directory of hosts: {@code <host[_port_]>/hosts.toml}, or {@code
 * _default/hosts.toml} for all others. The first in the file counts whose {@code ping_url} answers, or that has none.
 */
final class Mirrors {
    private static final Logger LOG = LoggerFactory.getLogger(Mirrors.class);

    private static final Duration PATIENCE = Duration.ofSeconds(3);
    private static final long SIZE_LIMIT = 1 << 20;
    private static final String ANY_REGISTRY = "_default";

    private final Optional<Path> directory;
    private final HttpClient http = HttpClient.newBuilder()
            .connectTimeout(PATIENCE)
            .followRedirects(Redirect.NORMAL)
            .build();

    /** @param directory empty for no mirrors */
    Mirrors(Optional<Path> directory) {
        this.directory = directory;
    }

    /** Who is to be asked for what a registry has. A file that cannot be read costs the mirrors, not the image. */
    Endpoint of(String registry) {
        Endpoint itself = new Endpoint(registry, Optional.empty(), List.of());
        Optional<Path> file = directory.flatMap(root -> file(root, registry));
        if (file.isEmpty()) {
            return itself;
        }
        try {
            return choose(file.get()).orElse(itself);
        } catch (IOException e) {
            LOG.warn("no mirrors for {}: {}", registry, e.getMessage());
            return itself;
        }
    }

    private static Optional<Path> file(Path root, String registry) {
        return Stream.of(registry.replaceFirst(":([0-9]+)$", "_$1_"), registry, ANY_REGISTRY)
                .map(root::resolve)
                .filter(Files::isDirectory)
                .findFirst()
                .map(found -> found.resolve("hosts.toml"))
                .filter(Files::exists);
    }

    private Optional<Endpoint> choose(Path file) throws IOException {
        if (Files.size(file) > SIZE_LIMIT) {
            throw new IOException(file + ": larger than " + SIZE_LIMIT + " bytes");
        }
        JsonNode root;
        try {
            root = new TomlMapper().readTree(Files.readAllBytes(file));
        } catch (JsonProcessingException e) {
            throw new IOException(file + ": " + e.getOriginalMessage(), e);
        }
        for (Map.Entry<String, JsonNode> host : root.path("host").properties()) {
            URI url;
            try {
                url = url(file, host.getKey());
            } catch (IOException e) {
                LOG.warn("a mirror is passed over: {}", e.getMessage());
                continue;
            }
            if (answers(host.getValue().path("ping_url").asText(""))) {
                return Optional.of(new Endpoint(
                        url.getAuthority(), Optional.of(url.getScheme()), certificates(file, host.getValue())));
            }
        }
        return Optional.empty();
    }

    private static URI url(Path file, String host) throws IOException {
        try {
            URI url = URI.create(host.contains("://") ? host : "https://" + host);
            if (url.getAuthority() != null && List.of("http", "https").contains(url.getScheme())) {
                return url;
            }
        } catch (IllegalArgumentException e) {
            throw new IOException(file + ": host." + host + ": " + e.getMessage(), e);
        }
        throw new IOException(file + ": host." + host + ": no URL of a registry");
    }

    private static List<Path> certificates(Path file, JsonNode host) {
        List<Path> certificates = new ArrayList<>();
        JsonNode ca = host.path("ca");
        if (ca.isTextual()) {
            certificates.add(file.resolveSibling(ca.asText()));
        }
        ca.forEach(each -> certificates.add(file.resolveSibling(each.asText())));
        return certificates;
    }

    private boolean answers(String ping) {
        if (ping.isEmpty()) {
            return true;
        }
        try {
            int status = status(HttpRequest.newBuilder(URI.create(ping)).build());
            if (status / 100 == 2) {
                return true;
            }
            LOG.warn("a mirror is passed over: {} answers with status {}", ping, status);
        } catch (IOException | IllegalArgumentException e) {
            LOG.warn("a mirror is passed over: {}: {}", ping, e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return false;
    }

    /** The time-out of a request does not count what comes behind the head of its answer. */
    private int status(HttpRequest request) throws IOException, InterruptedException {
        CompletableFuture<HttpResponse<Void>> answer = http.sendAsync(request, BodyHandlers.discarding());
        try {
            return answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS).statusCode();
        } catch (ExecutionException e) {
            throw new IOException(e.getCause() == null ? e : e.getCause());
        } catch (TimeoutException e) {
            throw new IOException("no whole answer within " + PATIENCE.toSeconds() + " s", e);
        } finally {
            answer.cancel(true);
        }
    }
}
