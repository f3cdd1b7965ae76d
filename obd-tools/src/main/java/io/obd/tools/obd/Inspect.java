package io.obd.tools.obd;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.obd.block.BlobException;
import io.obd.block.BlobReader;
import io.obd.block.FileBlob;
import io.obd.image.ImageConfig;
import io.obd.image.ImageConfig.Lower;
import io.obd.image.LayerAnnotations;
import io.obd.image.RegistryImage;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Says what a file or an image is. */
@Command(
        name = "inspect",
        sortOptions = false,
        description = "Says what a file is, or what the layers of an image are: kind, sizes, UUIDs, segments, digests.")
final class Inspect extends ImageCommand {
    private static final Digest SHA256 = Digest.sha256(new byte[0]);

    @Parameters(
            index = "0",
            paramLabel = "FILE|IMAGE",
            description = "any file of an overlaybd image, a config.v1.json, or an image in a registry")
    private String image = "";

    @Option(names = "--json", description = "as a JSON object")
    private boolean json;

    /** What is known of an image. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record ImageReport(
            String image,
            @Nullable String manifest,
            @Nullable String mediaType,
            @Nullable String config,
            List<LayerReport> layers) {}

    Inspect(Map<String, String> environment) {
        super(environment);
    }

    @Override
    int run(Images images) throws IOException {
        switch (ImageName.parse(image)) {
            case ImageName.LayerFile file -> show(file(file.path()));
            case ImageName.Config file -> show(layers(images, ImageConfig.read(file.path())));
            case ImageName.Reference name -> show(registryImage(images, images.resolve(name)));
        }
        return ExitCode.OK;
    }

    private static LayerReport file(Path path) throws IOException {
        try (BlobReader blob = FileBlob.open(path)) {
            LayerReport report = LayerReport.of(path.toString(), blob);
            return report.withDigest(LayerCheck.digest(blob, SHA256).toString());
        }
    }

    private ImageReport layers(Images images, ImageConfig config) throws IOException {
        List<LayerReport> reports = new ArrayList<>();
        for (int i = 0; i < config.lowers().size(); i++) {
            Lower lower = config.lowers().get(i);
            try (BlobReader blob = images.blob(config, i)) {
                reports.add(report(blob).withDigest(lower.digest()));
            }
        }
        if (config.upper().isPresent()) {
            try (BlobReader data = FileBlob.open(Path.of(config.upper().data()))) {
                reports.add(report(data));
            }
        }
        return new ImageReport(image, null, null, null, reports);
    }

    private ImageReport registryImage(Images images, RegistryImage found) throws IOException {
        List<LayerReport> reports = new ArrayList<>();
        for (Descriptor layer : found.manifest().layers()) {
            reports.add(layer(images, found, layer));
        }
        return new ImageReport(
                found.reference().toString(),
                found.descriptor().digest().toString(),
                found.descriptor().mediaType(),
                found.manifest().config().digest().toString(),
                reports);
    }

    private static LayerReport layer(Images images, RegistryImage found, Descriptor layer) throws IOException {
        Map<String, String> annotations = layer.annotations();
        String digest = layer.digest().toString();
        String target = annotations.getOrDefault(
                LayerAnnotations.TURBO_OCI_TARGET_DIGEST,
                annotations.getOrDefault(LayerAnnotations.FAST_OCI_TARGET_DIGEST, ""));
        if (!target.isEmpty()) {
            return LayerReport.other(digest, layer.size(), "turboOCI metadata of " + target);
        }
        if (annotations.containsKey(LayerAnnotations.ACCELERATION_LAYER)) {
            return LayerReport.other(digest, layer.size(), "acceleration layer");
        }
        if (!annotations.containsKey(LayerAnnotations.BLOB_DIGEST)) {
            return LayerReport.other(digest, layer.size(), "ordinary layer, " + layer.mediaType());
        }
        try (BlobReader blob = images.open(found.blobsUrl(), layer.digest(), layer.size())) {
            return report(blob).withDigest(digest);
        }
    }

    /** A damaged layer is said to be one; the others are still of interest. */
    private static LayerReport report(BlobReader blob) throws IOException {
        try {
            return LayerReport.of(blob.name(), blob);
        } catch (BlobException e) {
            return LayerReport.other(blob.name(), blob.size(), "damaged: " + e.getMessage());
        }
    }

    private void show(LayerReport report) throws IOException {
        if (json) {
            writeJson(report);
        } else {
            report.lines().forEach(out()::println);
        }
    }

    private void show(ImageReport report) throws IOException {
        if (json) {
            writeJson(report);
            return;
        }
        out().println(LayerReport.line("image", report.image()));
        if (report.manifest() != null) {
            out().println(LayerReport.line("manifest", report.manifest() + " (" + report.mediaType() + ")"));
            out().println(LayerReport.line("config", String.valueOf(report.config())));
        }
        for (int i = 0; i < report.layers().size(); i++) {
            out().println();
            out().println(LayerReport.line(
                    "layer", (i + 1) + " of " + report.layers().size()));
            report.layers().get(i).lines().forEach(out()::println);
        }
    }

    private void writeJson(Object report) throws IOException {
        out().println(new ObjectMapper()
                .enable(SerializationFeature.INDENT_OUTPUT)
                .writeValueAsString(report));
    }
}
