package io.obd.nydusify;

import org.slf4j.Logger;
import picocli.CommandLine.Option;

/** Where the original finds the programs that it starts. */
final class ProgramOptions {
    @Option(
            names = "--nydus-image",
            paramLabel = "FILE",
            description = "for the original's scripts: no other program is started")
    private String nydusImage = "";

    void tell(Logger log) {
        if (!nydusImage.isEmpty()) {
            log.info("--nydus-image has no effect: no other program is started");
        }
    }
}
