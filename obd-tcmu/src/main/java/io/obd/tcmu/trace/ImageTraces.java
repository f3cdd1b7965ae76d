package io.obd.tcmu.trace;

import io.obd.image.ImageConfig;
import io.obd.image.ImageConfig.Lower;
import io.obd.image.ImageOpenException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out what is to be done about a trace when an image is opened. {@code recordTracePath} names an empty file to
 * record to, a trace to read ahead by, or a list of files to read ahead; an acceleration layer holds one of the latter.
 *
 * <p>Reading ahead is never necessary: what is wrong with a trace or a list is told in the log, and the image is opened
 * without it.
 */
public final class ImageTraces {
    private static final Logger log = LoggerFactory.getLogger(ImageTraces.class);

    /** Name of the trace in the directory of an acceleration layer. */
    private static final String TRACE = "trace";

    private final int concurrency;

    /** The files that are recorded to now. */
    private final Set<Path> recording = ConcurrentHashMap.newKeySet();

    /** @param concurrency reads that are made ahead at the same time, for each image */
    public ImageTraces(int concurrency) {
        this.concurrency = concurrency;
    }

    /**
     * What is to be done for an image.
     *
     * @throws ImageOpenException if it has an acceleration layer and a trace is to be recorded
     */
    public ImageTrace of(ImageConfig config) throws IOException {
        String path = config.recordTracePath();
        if (!config.accelerationLayer()) {
            return path.isEmpty() ? new NoTrace() : of(Path.of(path), config, true);
        }
        if (!path.isEmpty()) {
            throw new ImageOpenException("an image cannot both have an acceleration layer and record a trace");
        }
        if (config.lowers().isEmpty() || config.lowers().getLast().dir().isEmpty()) {
            log.warn("the acceleration layer is in no directory and is not used");
            return new NoTrace();
        }
        return of(Path.of(config.lowers().getLast().dir(), TRACE), config, false);
    }

    private ImageTrace of(Path file, ImageConfig config, boolean mayRecord) {
        try {
            if (!Files.isRegularFile(file)) {
                throw new IOException(file + (Files.exists(file) ? ": is no regular file" : ": no such file"));
            }
            if (mayRecord && Files.size(file) == 0) {
                return record(file.toRealPath());
            }
            ByteBuffer content = TraceFile.load(file);
            return TraceLayout.hasMagic(content)
                    ? new TraceReplay(
                            file.toString(),
                            TraceFile.parse(content, file.toString()),
                            remoteLayers(config),
                            concurrency)
                    : new PriorityReplay(
                            file.toString(),
                            PriorityList.parse(
                                    StandardCharsets.UTF_8.decode(content).toString(), file.toString()),
                            concurrency);
        } catch (IOException e) {
            log.warn("the image is opened without its trace: {}", e.getMessage());
            return new NoTrace();
        }
    }

    private TraceRecorder record(Path file) throws IOException {
        if (!recording.add(file)) {
            throw new IOException(file + ": another device is recorded to it");
        }
        try {
            return new TraceRecorder(file, () -> recording.remove(file));
        } catch (IOException e) {
            recording.remove(file);
            throw e;
        }
    }

    /** Numbers of the layers that are not on this host: there is nothing to be gained with others. */
    private static Set<Integer> remoteLayers(ImageConfig config) {
        List<Lower> lowers = config.lowers();
        Set<Integer> remote = new HashSet<>();
        for (int i = 0; i < lowers.size(); i++) {
            if (lowers.get(i).localFile().isEmpty()) {
                remote.add(i);
            }
        }
        return remote;
    }
}
