package io.obd.ctr.attach;

import io.obd.image.ImageConfig;
import io.obd.linux.Backstore;
import io.obd.linux.ScsiDisks;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * The kernel makes the devices, and asks the backend that serves TCMU: the way of the original, and for it. What is attached
 * already is found, if it shows the same image.
 *
 * @param withDevId whether the backend is told the id, for live snapshots
 */
record TcmuDevices(ScsiDisks disks, boolean withDevId) implements Attachments {
    /** Of a snapshotter that is the only one. */
    static final long HBA = 999_999_999;

    private static final int MAX_RESULT = 4096;

    @Override
    public String attach(String id, Path config) throws IOException {
        Path result = resultFile(config);
        if (Files.exists(result)) {
            Files.writeString(result, ""); // what an earlier attach left there says nothing of this one
        }
        try {
            return disks.attach(backstore(id), "overlaybd/" + config + (withDevId ? ";" + id : ""))
                    .toString();
        } catch (IOException e) {
            throw new IOException(e.getMessage() + text(result), e);
        }
    }

    @Override
    public void detach(String id) throws IOException {
        disks.detach(backstore(id));
    }

    private static Backstore backstore(String id) {
        return new Backstore(HBA, "dev_" + id);
    }

    private static Path resultFile(Path config) throws IOException {
        String named = ImageConfig.read(config).resultFile();
        return config.resolveSibling(named.isEmpty() ? "init-debug.log" : named);
    }

    /** What the backend wrote about the image; nothing if it wrote nothing. */
    private static String text(Path result) throws IOException {
        try {
            byte[] bytes = Files.readAllBytes(result);
            String text = new String(bytes, 0, Math.min(bytes.length, MAX_RESULT), StandardCharsets.UTF_8);
            return text.isBlank() ? "" : ", " + result + ": " + text.strip();
        } catch (NoSuchFileException e) {
            return "";
        }
    }
}
