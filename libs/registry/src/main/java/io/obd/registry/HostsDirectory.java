package io.obd.registry;

import io.obd.registry.RegistryHost.Capability;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * containerd's directory of registry hosts. What counts for {@code host:port} is in the first of its directories {@code
 * host_port_}, {@code host:port}, one for another way to write that registry, and {@code _default} that is there: a {@code
 * hosts.toml}, or without one certificates ({@code *.crt}, {@code *.cert} with {@code *.key}). Other than containerd, a file
 * with an error is refused.
 */
public final class HostsDirectory implements RegistryHosts {
    private static final String ANY_REGISTRY = "_default";

    private final Logger log = LoggerFactory.getLogger(HostsDirectory.class);
    private final Path root;
    private final Set<String> reported = ConcurrentHashMap.newKeySet();

    /** It need not be there: then every registry answers for itself. */
    public HostsDirectory(Path root) {
        this.root = root;
    }

    /**
     * @throws IOException if a {@code hosts.toml} cannot be read; the text names the file and the line or the key
     */
    @Override
    public List<RegistryHost> of(String registry) throws IOException {
        Path directory = directory(registry);
        if (directory == null) {
            return RegistryHosts.THEMSELVES.of(registry);
        }
        Path file = directory.resolve("hosts.toml");
        if (!Files.exists(file) || Files.size(file) == 0) {
            return List.of(RegistryHost.of(new RegistryHost.HostTls(List.of(), List.of(directory), List.of(), false)));
        }
        HostsFile hosts = HostsFile.read(file);
        hosts.unknownKeys().stream()
                .filter(key -> reported.add(file + " " + key))
                .forEach(key -> log.warn("{}: {}: unknown key, ignored", file, key));
        return once(hosts.hosts(), registry);
    }

    /**
     * A registry that stands among its own hosts, with what is to be known of it, is not asked again without that: it would
     * fail again, and for another reason than the one that counts. It is asked for what it may not do there.
     */
    private static List<RegistryHost> once(List<RegistryHost> hosts, String registry) {
        RegistryHost last = hosts.getLast();
        if (!last.isPlain()) {
            return hosts;
        }
        List<RegistryHost> others = hosts.subList(0, hosts.size() - 1);
        Set<Capability> left = EnumSet.copyOf(last.capabilities());
        String place = place(last, registry);
        others.stream()
                .filter(host -> place(host, registry).equals(place))
                .forEach(host -> left.removeAll(host.capabilities()));
        return left.isEmpty()
                ? others
                : Stream.concat(others.stream(), Stream.of(last.capableOf(left)))
                        .toList();
    }

    /** Where a host is reached, whatever it speaks there: at the usual ports, too, that is one registry. */
    private static String place(RegistryHost host, String registry) {
        HttpUrl api = Objects.requireNonNull(
                HttpUrl.get(host.api() == null ? RegistryHost.api(registry, false) : host.api()));
        boolean isUsual = api.port() == HttpUrl.defaultPort(api.scheme());
        return api.host() + (isUsual ? "" : ":" + api.port()) + api.encodedPath();
    }

    private @Nullable Path directory(String registry) throws IOException {
        for (String written : List.of(registry.replaceFirst(":([0-9]+)$", "_$1_"), registry)) {
            Path directory = root.resolve(written);
            if (Files.isDirectory(directory)) {
                return directory;
            }
        }
        if (!Files.isDirectory(root)) {
            return null;
        }
        RegistryName name = RegistryName.of(registry);
        try (Stream<Path> directories = Files.list(root)) {
            Optional<Path> other = directories
                    .filter(directory -> nameOf(directory).equals(name) && Files.isDirectory(directory))
                    .min(Comparator.naturalOrder());
            if (other.isPresent()) {
                return other.get();
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        Path any = root.resolve(ANY_REGISTRY);
        return Files.isDirectory(any) ? any : null;
    }

    private static RegistryName nameOf(Path directory) {
        return RegistryName.of(directory.getFileName().toString().replaceFirst("_([0-9]+)_$", ":$1"));
    }
}
