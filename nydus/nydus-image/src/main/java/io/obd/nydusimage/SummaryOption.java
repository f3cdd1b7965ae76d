package io.obd.nydusimage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Whether a program is told of a new image, and in which file. */
final class SummaryOption {
    @Option(
            names = {"-J", "--output-json"},
            description = "write a summary to this file")
    private @Nullable Path file;

    /** Writes the summary, if one is wanted. */
    void write(Supplier<Summary> summary) throws IOException {
        if (file != null) {
            NewFile.write(file, ByteBuffer.wrap(summary.get().toJson()));
        }
    }
}
