package io.obd.tcmu;

import io.obd.linux.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file in which the snapshotter finds how an attach went: {@code success}, or {@code failed:} and the reason. It is
 * replaced as a whole, so that nobody reads half of it or an old one.
 */
final class ResultFile {
    private static final Logger log = LoggerFactory.getLogger(ResultFile.class);

    /** Its name beside the device specification, used when that cannot be read and so names none. */
    private static final String USUAL_NAME = "init-debug.log";

    private final Path file;

    private ResultFile(Path file) {
        this.file = file;
    }

    static ResultFile at(Path file) {
        return new ResultFile(file);
    }

    static ResultFile beside(Path config) {
        return new ResultFile(config.resolveSibling(USUAL_NAME));
    }

    void success() {
        write("success");
    }

    void failed(String reason) {
        write("failed:" + reason.replace('\n', ' '));
    }

    /** A result that cannot be written is no reason to fail: who asked for the device gets the same answer directly. */
    private void write(String result) {
        Path temporary = file.resolveSibling("." + file.getFileName() + ".new");
        try {
            Files.write(temporary, result.getBytes(StandardCharsets.UTF_8));
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            log.warn("result file {}: {}", file, Reason.withCauses(e));
        }
    }
}
