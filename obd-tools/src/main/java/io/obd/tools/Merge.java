package io.obd.tools;

import io.obd.lsmt.LayerOptions;
import io.obd.lsmt.blob.ZFileOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes one layer of all that an image has. */
@Command(name = "overlaybd-merge", sortOptions = false, description = "Makes one layer of all layers of an image.")
final class Merge extends Tool {
    @Parameters(index = "0", paramLabel = "image_config_path", description = "the image")
    private Path configuration = Path.of("");

    @Parameters(index = "1", arity = "0..1", paramLabel = "output", description = "the layer; replaced if it exists")
    private @Nullable Path output;

    @Option(
            names = "--compress",
            arity = "0..1",
            fallbackValue = "true",
            defaultValue = "true",
            description = "the layer is a ZFile (default)")
    private boolean compress;

    @Option(names = "-t", arity = "0..1", fallbackValue = "true", description = "wrap the layer in a tar")
    private boolean tarWrapper;

    @Mixin
    private ServiceConfigOption service = new ServiceConfigOption();

    @Mixin
    private UploadOptions upload = new UploadOptions();

    @Override
    void run() throws IOException {
        existing("image_config_path", configuration);
        Path result = required("output", output);
        service.check(this);
        upload.check(this, compress, tarWrapper);
        LayerResult layer = new LayerResult(result, true);
        try (ImageDevice image = ImageDevice.open(configuration, service)) {
            layer.requireOtherThan(image.files());
            layer.requireOtherThan(List.of(configuration));
            LayerResult.Source source = target -> image.disk().flatten(target, options());
            if (upload.areGiven()) {
                printError(layer.writeAndUpload(source, upload).toString());
            } else {
                layer.write(source);
            }
        }
    }

    private LayerOptions options() {
        ZFileOptions zfile = compress ? ZFileOptions.DEFAULT.withHeaderOverwritten(false) : null;
        return LayerOptions.PLAIN.withZFile(zfile).withTarWrapper(tarWrapper);
    }
}
