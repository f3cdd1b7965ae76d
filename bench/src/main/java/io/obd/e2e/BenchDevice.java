package io.obd.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import io.obd.image.ControlClient;
import io.obd.image.ImageConfig;
import io.obd.image.ImageConfig.Lower;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An image of the stack's registry as a device of its backend, without a snapshotter between. */
final class BenchDevice {
    private static final String ID = "bench";
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final Pattern BLOCK_SIZE = Pattern.compile("^Block size: +(\\d+)$", Pattern.MULTILINE);
    private static final Pattern FREE_RANGE =
            Pattern.compile("(?<=Free blocks: | )(\\d+)-(\\d+)(?=,|$)", Pattern.MULTILINE);
    private static final long GAP = 64 << 20;

    private final Stack stack;
    private final ControlClient client;
    private final Path directory;
    private final Path config;
    private long used;

    /** Describes the device; nothing is attached yet. */
    BenchDevice(Stack stack, String image) throws IOException, InterruptedException {
        this.stack = stack;
        this.client = new ControlClient(stack.backend().controlSocket(), LIMIT);
        this.directory = Files.createDirectories(stack.directory().resolve("device"));
        this.config = directory.resolve("config.v1.json");
        String repository = image.substring(0, image.lastIndexOf(':'));
        List<Lower> lowers = new ArrayList<>();
        for (JsonNode layer : stack.registry().manifest(image).path("layers")) {
            lowers.add(Lower.remote(
                    layer.path("digest").asText(), layer.path("size").asLong(), ""));
        }
        new ImageConfig(
                        "https://" + stack.registry().host() + "/v2/" + repository + "/blobs",
                        lowers,
                        directory.resolve("result").toString())
                .write(config);
    }

    /** Attaches it; answers how long that took. */
    Duration attach() throws IOException {
        long start = System.nanoTime();
        client.attach(ID, config);
        return Duration.ofNanos(System.nanoTime() - start);
    }

    void detach() throws IOException {
        client.detach(ID);
    }

    /** Detaches it and starts the backend anew with nothing in its cache. */
    void forget() throws IOException, InterruptedException {
        detach();
        stack.backend().stop();
        Directories.delete(stack.backend().cache());
        stack.backend().start();
    }

    /** Reads of a device that is attached, in the part that holds data. */
    Fio reads() throws IOException, InterruptedException {
        String path = client.find(ID)
                .orElseThrow(() -> new StackException("the device is not attached"))
                .device();
        Commands commands = Commands.in(directory);
        if (used == 0) {
            used = usedBytes(commands.run("dumpe2fs", path).orFail().out());
        }
        return new Fio(commands, path, used);
    }

    /** The first great gap: files lie one after the other from the start, with little but metadata between. */
    private static long usedBytes(String dump) throws StackException {
        Matcher size = BLOCK_SIZE.matcher(dump);
        if (size.find()) {
            long blockSize = Long.parseLong(size.group(1));
            Matcher free = FREE_RANGE.matcher(dump);
            while (free.find()) {
                long first = Long.parseLong(free.group(1));
                if ((Long.parseLong(free.group(2)) - first) * blockSize > GAP) {
                    return first * blockSize;
                }
            }
        }
        throw new StackException("dumpe2fs says nothing of free blocks:\n" + dump);
    }
}
