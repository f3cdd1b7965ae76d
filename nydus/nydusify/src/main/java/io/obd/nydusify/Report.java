package io.obd.nydusify;

import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.obd.commandline.Version;
import io.obd.rafs.Bootstrap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What an image consists of, as files for people to look at.
 *
 * @param directory made when it is needed
 */
record Report(Path directory) {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** Writes the documents. */
    void write(ParsedImage image) throws IOException {
        Files.createDirectories(directory);
        if (image.index() != null) {
            write(
                    image.nydus() == null ? "oci_index.json" : "nydus_index.json",
                    image.index().toJson());
        }
        write("oci", image.oci());
        write("nydus", image.nydus());
    }

    private void write(String prefix, @Nullable ImageDocuments image) throws IOException {
        if (image != null) {
            write(prefix + "_manifest.json", image.manifest().toJson());
            write(prefix + "_config.json", image.config().toJson());
        }
    }

    private void write(String name, byte[] json) throws IOException {
        DefaultPrettyPrinter printer = new DefaultPrettyPrinter();
        printer.indentArraysWith(DefaultIndenter.SYSTEM_LINEFEED_INSTANCE);
        ObjectWriter writer = MAPPER.writer(printer);
        Files.write(directory.resolve(name), writer.writeValueAsBytes(MAPPER.readTree(json)));
    }

    /** Where the bootstrap goes. */
    Path bootstrap() {
        return directory.resolve("nydus_bootstrap").resolve(NydusFormat.BOOTSTRAP_FILE);
    }

    /** Writes what the bootstrap says of the image as a whole. */
    void write(Bootstrap image) throws IOException {
        ObjectNode summary = MAPPER.createObjectNode();
        summary.put("version", Version.TEXT);
        summary.put("bootstrap", bootstrap().toString());
        var blobs = summary.putArray("blobs");
        image.blobs().forEach(blob -> blobs.add(blob.id()));
        summary.put("fs_version", Integer.toString(image.version().number()));
        summary.put("compressor", image.flags().compressor().toString());
        write("nydus_output.json", MAPPER.writeValueAsBytes(summary));
    }
}
