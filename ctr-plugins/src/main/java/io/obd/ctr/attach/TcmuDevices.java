package io.obd.ctr.attach;

import io.obd.image.ImageConfig;
import io.obd.linux.Backstore;
import io.obd.linux.Backstores;
import io.obd.linux.TcmLoop;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;

/** The kernel makes the devices, and asks the backend that serves TCMU: the way of the original, and for it. */
final class TcmuDevices implements Attachments {
    /** Of a snapshotter that is the only one. */
    static final long HBA = 999_999_999;

    private static final Duration STEP = Duration.ofSeconds(30);
    private static final int MAX_RESULT = 4096;

    private final Backstores backstores;
    private final TcmLoop loop;
    private final boolean withDevId;

    /** @param withDevId whether the backend is told the id, for live snapshots */
    TcmuDevices(Path configfs, boolean withDevId) {
        this.backstores = new Backstores(configfs, STEP);
        this.loop = new TcmLoop(configfs, backstores, STEP);
        this.withDevId = withDevId;
    }

    /** Whether the kernel has what it takes. */
    static boolean isPossible(Path configfs) {
        return Files.isDirectory(configfs.resolve("target"));
    }

    @Override
    public String attach(String id, Path config) throws IOException {
        Backstore backstore = backstore(id);
        if (backstores.exists(backstore)) {
            throw new IOException(backstore + " is there already: detach it first");
        }
        try {
            backstores.create(
                    backstore, "overlaybd/" + config + (withDevId ? ";" + id : ""), backstore.newSerial("overlaybd"));
        } catch (IOException e) {
            throw new IOException(e.getMessage() + result(config), e);
        }
        try {
            return loop.attach(backstore).toString();
        } catch (IOException e) {
            try {
                detach(id);
            } catch (IOException also) {
                e.addSuppressed(also);
            }
            throw e;
        }
    }

    @Override
    public void detach(String id) throws IOException {
        loop.detach(backstore(id));
        backstores.remove(backstore(id));
    }

    private static Backstore backstore(String id) {
        return new Backstore(HBA, "dev_" + id);
    }

    /** What the backend wrote about the image; nothing if it wrote nothing. */
    private static String result(Path config) throws IOException {
        String named = ImageConfig.read(config).resultFile();
        Path file = config.resolveSibling(named.isEmpty() ? "init-debug.log" : named);
        try {
            byte[] bytes = Files.readAllBytes(file);
            String text = new String(bytes, 0, Math.min(bytes.length, MAX_RESULT), StandardCharsets.UTF_8);
            return text.isBlank() ? "" : ", " + file + ": " + text.strip();
        } catch (NoSuchFileException e) {
            return "";
        }
    }
}
