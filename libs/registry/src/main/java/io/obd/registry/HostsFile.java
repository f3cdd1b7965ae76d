package io.obd.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import io.obd.registry.RegistryHost.HostTls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A {@code hosts.toml}: the tables {@code [host."URL"]} in their order, then what stands at the top, which is about the
 * registry itself or the {@code server} that takes its place.
 *
 * @param unknownKeys keys that mean nothing here, with their tables
 */
record HostsFile(List<RegistryHost> hosts, List<String> unknownKeys) {
    private static final long MAX_SIZE = 1024 * 1024;

    HostsFile {
        hosts = List.copyOf(hosts);
        unknownKeys = List.copyOf(unknownKeys);
    }

    /**
     * @throws IOException if it cannot be read; the text names the file, and the line or the key
     */
    static HostsFile read(Path file) throws IOException {
        long size = Files.size(file);
        if (size > MAX_SIZE) {
            throw new IOException(file + ": a file of " + size + " bytes; at most " + MAX_SIZE + " are read");
        }
        JsonNode root;
        try {
            root = new TomlMapper().readTree(Files.readAllBytes(file));
        } catch (JsonProcessingException e) {
            int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
            throw new IOException(file + (line > 0 ? ":" + line : "") + ": " + e.getOriginalMessage(), e);
        }
        HostTable top = new HostTable(file, "", root);
        List<RegistryHost> hosts = new ArrayList<>();
        List<String> unknown = new ArrayList<>();
        for (Map.Entry<String, JsonNode> entry : top.table("host").properties()) {
            HostTable table = new HostTable(file, "host.\"" + entry.getKey() + "\".", entry.getValue());
            hosts.add(host(table, entry.getKey()));
            unknown.addAll(table.unread());
        }
        hosts.add(host(top, top.string("server")));
        unknown.addAll(top.unread());
        return new HostsFile(hosts, unknown);
    }

    /** @param url null for the registry itself */
    private static RegistryHost host(HostTable table, @Nullable String url) throws IOException {
        boolean complete = table.bool("override_path");
        HostTls tls = new HostTls(
                table.paths("ca"), List.of(), table.clientCertificates("client"), table.bool("skip_verify"));
        return new RegistryHost(
                url == null ? null : table.api(url, complete),
                table.capabilities("capabilities"),
                tls,
                table.headers("header"),
                table.duration("dial_timeout"),
                table.proxy("proxy"));
    }
}
