package io.obd.tools.obd;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes the whole virtual disk to a file. */
@Command(
        name = "export",
        sortOptions = false,
        description =
                "Writes the virtual disk of an image to a sparse file, which has its name only when it is complete.")
final class Export extends ImageCommand {
    private static final String STDOUT = "-";

    private final OutputStream stdout;

    @Parameters(index = "0", paramLabel = "IMAGE", description = IMAGE)
    private String image = "";

    @Parameters(index = "1", paramLabel = "OUT.raw", description = "the file; - is standard output, if no terminal")
    private String out = "";

    @Option(
            names = {"-f", "--force"},
            description = "replace the file if it exists")
    private boolean force;

    Export(Map<String, String> environment, OutputStream stdout) {
        super(environment);
        this.stdout = stdout;
    }

    @Override
    int run(Images images) throws IOException {
        if (out.equals(STDOUT) && Terminal.isStandardOutput()) {
            throw usage("standard output is a terminal: name a file, or redirect it");
        }
        try (Disk disk = images.disk(image)) {
            RawDisk raw = new RawDisk(disk);
            if (out.equals(STDOUT)) {
                raw.writeTo(stdout);
            } else {
                raw.writeTo(Path.of(out), force);
                long used = disk.map().dataSize();
                err().println(out + ": " + disk.store().size() + " bytes, data in at most " + used);
            }
        }
        return ExitCode.OK;
    }
}
