package io.obd.nydusimage;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.obd.fs.tar.ByteString;
import io.obd.rafs.build.ImageOptimizer.Range;
import io.obd.rafs.build.ImageOptimizer.Wanted;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A list of the files that are wanted first: a path a line, or JSON that may say which bytes of a file are meant:
 * {@code {"version":"v1","files":[{"path":"/a","ranges":[[OFFSET,LENGTH]]}]}}.
 */
final class PrefetchFiles {
    private static final long LONGEST = 64 << 20;

    private final Path file;

    private PrefetchFiles(Path file) {
        this.file = file;
    }

    /** @throws IOException if it is no such list; the text names the file and what is wrong with it */
    static List<Wanted> read(Path file) throws IOException {
        if (Files.size(file) > LONGEST) {
            throw new IOException(file + ": is longer than " + LONGEST + " bytes");
        }
        String text = Files.readString(file);
        PrefetchFiles list = new PrefetchFiles(file);
        return text.stripLeading().startsWith("{") ? list.parse(text) : list.lines(text);
    }

    private List<Wanted> lines(String text) throws IOException {
        List<Wanted> wanted = new ArrayList<>();
        for (String line : text.lines().filter(path -> !path.isBlank()).toList()) {
            wanted.add(new Wanted(path(line.strip()), List.of()));
        }
        return wanted;
    }

    private List<Wanted> parse(String text) throws IOException {
        JsonNode list;
        try {
            list = new ObjectMapper().readTree(text);
        } catch (JacksonException e) {
            throw new IOException(file + ": no JSON: " + e.getOriginalMessage(), e);
        }
        if (!list.path("version").asText().equals("v1")) {
            throw new IOException(file + ": version is '" + list.path("version").asText() + "', not 'v1'");
        }
        if (!list.path("files").isArray()) {
            throw new IOException(file + ": files is no list");
        }
        List<Wanted> wanted = new ArrayList<>();
        for (JsonNode entry : list.path("files")) {
            String path = entry.path("path").asText();
            List<Range> ranges = new ArrayList<>();
            for (JsonNode range : entry.path("ranges")) {
                ranges.add(range(path, range));
            }
            wanted.add(new Wanted(path(path), ranges));
        }
        return wanted;
    }

    private ByteString path(String path) throws IOException {
        if (!path.startsWith("/")) {
            throw new IOException(file + ": '" + path + "' is no absolute path");
        }
        String trimmed = path.replaceFirst("(?<=.)/+$", "");
        return ByteString.of(trimmed);
    }

    private Range range(String path, JsonNode range) throws IOException {
        boolean valid = range.size() == 2
                && range.get(0).canConvertToLong()
                && range.get(1).canConvertToLong()
                && range.get(0).asLong() >= 0
                && range.get(1).asLong() >= 0
                && range.get(0).asLong() <= Long.MAX_VALUE - range.get(1).asLong();
        if (!valid) {
            throw new IOException(file + ": " + path + ": " + range + " is no [OFFSET,LENGTH]");
        }
        return new Range(range.get(0).asLong(), range.get(1).asLong());
    }
}
