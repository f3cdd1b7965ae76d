package io.obd.blobstore;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The sources that have given out a blob, kept beside what is cached of it. One that is lost is asked again. */
final class Grants {
    /** Name of the file: one source per line. */
    static final String FILE = "sources";

    private static final int MAX = 1000;
    private static final long MAX_LENGTH = 1 << 20;

    private final Logger log = LoggerFactory.getLogger(Grants.class);
    private final Path file;
    private final Set<String> names = ConcurrentHashMap.newKeySet();

    /** @param directory of the blob, which need not be there yet */
    Grants(Path directory) {
        this.file = directory.resolve(FILE);
        try {
            if (Files.size(file) <= MAX_LENGTH) {
                Files.readString(file).lines().forEach(names::add);
            }
        } catch (NoSuchFileException e) {
            log.trace("no source has given out {} yet", directory);
        } catch (IOException e) {
            log.warn("sources are asked again: {}", e.toString());
        }
    }

    boolean contains(String source) {
        return names.contains(source);
    }

    synchronized void add(String source) {
        if (names.size() >= MAX || !names.add(source)) {
            return;
        }
        try {
            Files.createDirectories(file.getParent());
            Files.write(
                    file,
                    (source + "\n").getBytes(StandardCharsets.UTF_8),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            log.debug("{} is asked again after a restart: {}", source, e.toString());
        }
    }
}
