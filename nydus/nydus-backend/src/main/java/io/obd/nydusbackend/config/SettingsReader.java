package io.obd.nydusbackend.config;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import io.obd.nydusbackend.config.Settings.Backend;
import io.obd.nydusbackend.config.Settings.Cache;
import io.obd.nydusbackend.config.Settings.IdMapping;
import io.obd.nydusbackend.config.Settings.LocalFs;
import io.obd.nydusbackend.config.Settings.Prefetch;
import io.obd.nydusbackend.config.Settings.Proxy;
import io.obd.nydusbackend.config.Settings.Rafs;
import io.obd.nydusbackend.config.Settings.Registry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads a configuration: JSON or TOML of version 2, or JSON of version 1. Each key has its effect, or is refused by its
 * name, or is in the warnings.
 */
public final class SettingsReader {
    private static final int LONGEST = 1 << 20;
    private static final int LARGEST_BATCH = 0x1000_0000;
    private static final int BATCH = 1 << 20;
    private static final int MOST_THREADS = 1024;
    private static final int LONGEST_SECONDS = 24 * 3600;
    private static final int SECONDS = 5;
    private static final int MOST_RETRIES = 100;
    private static final int PAUSE_SECONDS = 300;
    /** What nydusify writes for a proxy and nydusd never knew. */
    private static final List<String> PROXY_KEYS = List.of("cache_dir", "timeout", "connect_timeout");
    /** Of all backends, those of earlier versions among them. */
    private static final List<String> BACKEND_KEYS = List.of(
            "blob_file",
            "dir",
            "alt_dirs",
            "readahead",
            "readahead_sec",
            "readahead_file",
            "scheme",
            "host",
            "repo",
            "auth",
            "registry_token",
            "blob_url_scheme",
            "blob_redirected_host",
            "skip_verify",
            "ca_cert_files",
            "proxy",
            "timeout",
            "connect_timeout",
            "retry_limit",
            "endpoint",
            "bucket_name",
            "object_prefix",
            "access_key_id",
            "access_key_secret",
            "region");

    private static final String NOT_HERE = "is not supported";

    private final Map<String, String> environment;
    private final ObjectMapper json = new ObjectMapper().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

    /** @param environment variables of the process */
    public SettingsReader(Map<String, String> environment) {
        this.environment = environment;
    }

    /**
     * Reads a file. IMAGE_PULL_AUTH in the environment takes the place of the registry's auth.
     *
     * @throws SettingsException if it is no configuration; the text names file and keys
     */
    public Settings read(Path file) throws IOException {
        if (Files.size(file) > LONGEST) {
            throw new SettingsException(file.toString(), List.of("is longer than 1 MiB"));
        }
        return read(file.toString(), Files.readString(file), imagePullAuth());
    }

    /**
     * Reads a text.
     *
     * @param source what it is called in errors
     * @throws SettingsException if it is no configuration
     */
    public Settings read(String source, String text) throws SettingsException {
        return read(source, text, "");
    }

    /**
     * Reads what stands in a configuration below its backend, as it is given to programs that need nothing else.
     * IMAGE_PULL_AUTH counts as for a file.
     *
     * @param source what it is called in errors
     * @param type of the backend
     * @throws SettingsException if it is no configuration of such a backend
     */
    public Backend readBackend(String source, String type, String text) throws SettingsException {
        List<String> problems = new ArrayList<>();
        Section config = Section.root(parse(source, text), problems, new ArrayList<>());
        Backend backend = backend(config, type, config, imagePullAuth());
        if (!problems.isEmpty()) {
            throw new SettingsException(source, problems);
        }
        return backend;
    }

    /** IMAGE_PULL_AUTH of the environment: base64 of user and password, or empty. */
    public String imagePullAuth() {
        return environment.getOrDefault("IMAGE_PULL_AUTH", "");
    }

    /**
     * Reads a text.
     *
     * @param source what it is called in errors
     * @param auth takes the place of the registry's auth; empty for what stands there
     * @throws SettingsException if it is no configuration
     */
    public Settings read(String source, String text, String auth) throws SettingsException {
        List<String> problems = new ArrayList<>();
        List<String> warnings = new ArrayList<>();
        Section root = Section.root(parse(source, text), problems, warnings);
        Settings settings = root.has("version") ? version2(root, auth, warnings) : version1(root, auth, warnings);
        root.end();
        if (!problems.isEmpty()) {
            throw new SettingsException(source, problems);
        }
        return settings;
    }

    private JsonNode parse(String source, String text) throws SettingsException {
        if (text.getBytes(StandardCharsets.UTF_8).length > LONGEST) {
            throw new SettingsException(source, List.of("is longer than 1 MiB"));
        }
        boolean isJson = text.stripLeading().startsWith("{");
        try {
            JsonNode node = isJson ? json.readTree(text) : new TomlMapper().readTree(text);
            if (node != null && node.isObject()) {
                return node;
            }
            throw new SettingsException(source, List.of("is not a table of keys"));
        } catch (JsonProcessingException e) {
            // Its own text may quote the file, which holds passwords.
            String place = e.getLocation() == null
                    ? ""
                    : " at line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr();
            throw new SettingsException(source, List.of("is neither JSON nor TOML" + place));
        }
    }

    private static Settings version1(Section root, String auth, List<String> warnings) {
        Section device = root.section("device");
        String id = device.text("id", "");
        Section backend = device.section("backend");
        String type = backend.required("type");
        Backend blobs = backend(backend, type, backend.section("config"), auth);
        backend.end();
        device.refuse("external_backends", NOT_HERE);
        device.refuse("external_backend", NOT_HERE); // that of nydusify, which writes it without a value too
        Section cache = device.section("cache");
        boolean validate = root.flag("digest_validate", false);
        Cache kept = cache(cache, cache.section("config"), validate);
        cache.end();
        device.end();
        int amplify = root.number("amplify_io", BATCH, 0, LARGEST_BATCH);
        Section fetch = root.section("fs_prefetch");
        Prefetch prefetch = prefetch(fetch, "threads_count", "merging_size", "bandwidth_rate", true);
        String mode = mode(root);
        if (mode.isEmpty()) {
            root.problem("mode", "is missing: direct or cached");
        }
        Rafs rafs = rafs(root, mode, amplify, validate, prefetch);
        root.ignore("id", "device.id names the image");
        root.ignore("warmup", "amplify_io says how much is fetched together");
        return new Settings(id, blobs, kept, rafs, List.copyOf(warnings));
    }

    private static Settings version2(Section root, String auth, List<String> warnings) {
        if (root.number("version", 2, 0, Integer.MAX_VALUE) != 2) {
            root.problem("version", "is not 2");
        }
        String id = root.text("id", "");
        Section backend = root.section("backend");
        String type = backend.required("type");
        Backend blobs = backend(backend, type, backend.section(type), auth);
        for (String other : List.of("localfs", "registry", "oss", "s3", "localdisk", "http-proxy")) {
            if (!other.equals(type)) {
                backend.ignore(other, "the type is " + type);
            }
        }
        backend.end();
        root.refuse("external_backends", NOT_HERE);
        root.refuse("overlay", NOT_HERE);
        Section cache = root.section("cache");
        Prefetch prefetch = prefetch(cache.section("prefetch"), "threads", "batch_size", "bandwidth_limit", false);
        Section files = cache.section("filecache");
        cache.ignore("fscache", "the cache is in files");
        Section served = root.section("rafs");
        boolean validate = served.flag("validate", false);
        Cache kept = cache(cache, files, validate);
        cache.end();
        int amplify = served.number("batch_size", BATCH, 0, LARGEST_BATCH);
        Prefetch own = prefetch(served.section("prefetch"), "threads", "batch_size", "bandwidth_limit", false);
        String mode = mode(served);
        Rafs rafs = rafs(served, mode.isEmpty() ? "direct" : mode, amplify, validate, own.enabled() ? own : prefetch);
        served.end();
        return new Settings(id, blobs, kept, rafs, List.copyOf(warnings));
    }

    private static String mode(Section section) {
        String mode = section.text("mode", "");
        if (!mode.isEmpty() && !mode.equals("direct") && !mode.equals("cached")) {
            section.problem("mode", "is neither direct nor cached");
        }
        return mode;
    }

    private static Rafs rafs(Section section, String mode, int amplify, boolean validate, Prefetch prefetch) {
        return new Rafs(
                mode,
                amplify,
                validate,
                section.flag("enable_xattr", false),
                section.flag("iostats_files", false),
                section.flag("access_pattern", false),
                section.flag("latest_read_files", false),
                owners(section),
                prefetch);
    }

    private static IdMapping owners(Section section) {
        List<Long> mapping = section.numbers("id_mapping", 3);
        return mapping.isEmpty() ? IdMapping.NONE : new IdMapping(mapping.get(0), mapping.get(1), mapping.get(2));
    }

    private static Cache cache(Section cache, Section config, boolean digests) {
        String type = cache.text("type", "");
        boolean files =
                switch (type) {
                    case "blobcache", "filecache" -> true;
                    case "", "dummycache" -> false;
                    default -> {
                        cache.problem("type", "is \"" + type + "\": there are blobcache, filecache and dummycache");
                        yield false;
                    }
                };
        cache.ignore("compressed", "the cache holds content");
        boolean validate = cache.flag("validate", false);
        String directory = config.text("work_dir", ".");
        boolean indexed = !config.flag("disable_indexed_map", false);
        config.ignore("compressed", "the cache holds content");
        config.refuse("enable_encryption", NOT_HERE);
        config.refuse("enable_convergent_encryption", NOT_HERE);
        config.refuse("encryption_key", NOT_HERE);
        config.end();
        return new Cache(files ? Optional.of(Path.of(directory)) : Optional.empty(), indexed, validate || digests);
    }

    private static Prefetch prefetch(Section section, String threads, String batch, String limit, boolean all) {
        boolean enabled = section.flag("enable", false);
        Prefetch prefetch = new Prefetch(
                enabled,
                section.number(threads, 8, enabled ? 1 : 0, MOST_THREADS),
                section.number(batch, BATCH, 0, LARGEST_BATCH),
                section.longNumber(limit, 0, 0, Long.MAX_VALUE),
                section.flag("prefetch_all", all));
        section.refuse("stream_prefetch", NOT_HERE);
        section.end();
        return prefetch;
    }

    private static Backend backend(Section backend, String type, Section config, String auth) {
        return switch (type) {
            case "localfs" -> localFs(config);
            case "registry" -> registry(config, auth);
            default -> {
                if (!type.isEmpty()) {
                    backend.problem("type", "is \"" + type + "\": there are localfs and registry");
                }
                yield new LocalFs(Optional.empty(), List.of());
            }
        };
    }

    private static Backend localFs(Section config) {
        String file = config.text("blob_file", "");
        String directory = config.text("dir", "");
        List<Path> directories = new ArrayList<>();
        if (!directory.isEmpty()) {
            directories.add(Path.of(directory));
        }
        config.texts("alt_dirs").forEach(alternative -> directories.add(Path.of(alternative)));
        if (file.isEmpty() && directories.isEmpty()) {
            config.problem("dir", "is missing, and so is blob_file");
        }
        end(config, "localfs");
        return new LocalFs(file.isEmpty() ? Optional.empty() : Optional.of(Path.of(file)), List.copyOf(directories));
    }

    private static Backend registry(Section config, String auth) {
        String scheme = config.text("scheme", "https");
        if (scheme.isEmpty()) {
            scheme = "https";
        }
        if (!scheme.equals("https") && !scheme.equals("http")) {
            config.problem("scheme", "is neither http nor https");
        }
        String host = config.required("host");
        String repository = config.required("repo");
        String own = config.text("auth", "");
        String kept = auth.isEmpty() ? own : auth;
        if (!kept.isEmpty() && BasicAuth.parse(kept).isEmpty()) {
            config.problem("auth", "is not base64 of user:password");
        }
        Registry registry = new Registry(
                scheme,
                host,
                repository,
                kept,
                config.text("registry_token", ""),
                config.flag("skip_verify", false),
                config.texts("ca_cert_files").stream().map(Path::of).toList(),
                config.number("timeout", SECONDS, 0, LONGEST_SECONDS),
                config.number("connect_timeout", SECONDS, 0, LONGEST_SECONDS),
                config.number("retry_limit", 0, 0, MOST_RETRIES),
                config.text("blob_url_scheme", ""),
                config.text("blob_redirected_host", ""),
                proxy(config.section("proxy")));
        config.ignore("mirrors", "the host is what is asked");
        end(config, "registry");
        return registry;
    }

    /** Whoever writes configurations for several backends may leave the keys of the others in. */
    private static void end(Section config, String type) {
        config.ignoreOthers(BACKEND_KEYS, "the backend " + type + " has no use for it");
        config.end();
    }

    private static Proxy proxy(Section config) {
        Proxy proxy = new Proxy(
                config.text("url", ""),
                config.flag("fallback", true),
                config.text("ping_url", ""),
                config.number("check_interval", SECONDS, 0, LONGEST_SECONDS),
                config.number("check_pause_elapsed", PAUSE_SECONDS, 0, LONGEST_SECONDS),
                config.flag("use_http", false));
        config.refuse("dragonfly_scheduler_endpoint", NOT_HERE);
        config.ignoreOthers(PROXY_KEYS, "nydusd has no use for it");
        config.end();
        return proxy;
    }
}
