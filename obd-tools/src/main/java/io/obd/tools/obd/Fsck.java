package io.obd.tools.obd;

import com.fasterxml.jackson.core.JsonGenerator;
import io.obd.block.BlobException;
import io.obd.block.BlobReader;
import io.obd.fs.Ext4Check;
import io.obd.image.ImageConfig;
import io.obd.image.ImageConfig.Lower;
import io.obd.image.ImageConfig.Upper;
import io.obd.image.LayerAnnotations;
import io.obd.image.RegistryImage;
import io.obd.lsmt.Layer;
import io.obd.lsmt.UnsupportedLayerException;
import io.obd.lsmt.WritableLayer;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Checks an image from the blobs of its layers up to its file system. */
@Command(
        name = "fsck",
        sortOptions = false,
        exitCodeOnExecutionException = Fsck.TROUBLE,
        description = {
            "Checks every layer of an image completely, and the ext4 file system on it. Each fault is one line.",
            "Exit code 0: clean, 1: there are faults, 2: the image could not be checked."
        })
final class Fsck extends ImageCommand {
    static final int TROUBLE = 2;
    private static final int CLEAN = 0;
    private static final int FAULTY = 1;
    private static final UUID NIL = new UUID(0, 0);

    @Parameters(index = "0", paramLabel = "IMAGE", description = IMAGE)
    private String image = "";

    @Option(names = "--fs", description = "check the file system of a single layer file too: it must be complete")
    private boolean fileSystem;

    @Option(
            names = "--e2fsck",
            description = "let e2fsck -fn check the file system as well, on an export in the temporary directory")
    private boolean e2fsck;

    @Option(names = "--json", description = "as a JSON object")
    private boolean json;

    private final List<Fault> faults = new ArrayList<>();

    Fsck(Map<String, String> environment) {
        super(environment);
    }

    @Override
    int run(Images images) throws IOException {
        ImageName name = ImageName.parse(image);
        ImageConfig config = config(images, name);
        List<Layer> layers = checkLayers(images, config);
        try {
            checkChain(layers);
            int expected = dataLayers(config) + (config.upper().isPresent() ? 1 : 0);
            boolean complete = layers.size() == expected && faults.isEmpty();
            boolean single = name instanceof ImageName.LayerFile;
            if (complete && (!single || fileSystem || e2fsck)) {
                checkFileSystem(images, config);
            } else if (complete) {
                warn(image + ": its file system is not checked, as it may stand on other layers (see --fs)");
            }
        } finally {
            for (Layer layer : layers) {
                layer.close();
            }
        }
        if (json) {
            writeJson();
        } else if (faults.isEmpty()) {
            out().println(image + ": clean");
        }
        return faults.isEmpty() ? CLEAN : FAULTY;
    }

    private ImageConfig config(Images images, ImageName name) throws IOException {
        if (!(name instanceof ImageName.Reference reference)) {
            return images.config(image);
        }
        RegistryImage found = images.resolve(reference);
        for (Descriptor layer : found.manifest().layers()) {
            checkAnnotation(layer, LayerAnnotations.BLOB_DIGEST, layer.digest().toString());
            checkAnnotation(layer, LayerAnnotations.BLOB_SIZE, Long.toString(layer.size()));
        }
        return images.config(found);
    }

    private void checkAnnotation(Descriptor layer, String annotation, String expected) {
        String found = layer.annotations().getOrDefault(annotation, expected);
        if (!found.equals(expected)) {
            add(new Fault(
                    image,
                    0,
                    "manifest: layer " + layer.digest() + ": annotation " + annotation + " is " + found + ", not "
                            + expected));
        }
    }

    private static int dataLayers(ImageConfig config) {
        return config.lowers().size() - (config.accelerationLayer() ? 1 : 0);
    }

    private List<Layer> checkLayers(Images images, ImageConfig config) throws IOException {
        List<Layer> layers = new ArrayList<>();
        try {
            for (int i = 0; i < dataLayers(config); i++) {
                Lower lower = config.lowers().get(i);
                BlobReader blob = images.blob(config, i);
                boolean opened = false;
                try {
                    @Nullable
                    Layer layer = new LayerCheck(blob, opener(images, config, i), this::add)
                            .run(lower.digest().isEmpty() ? null : Digest.parse(lower.digest()), lower.size())
                            .orElse(null);
                    if (layer != null) {
                        layers.add(layer);
                        opened = true;
                    }
                } finally {
                    if (!opened) {
                        blob.close();
                    }
                }
            }
            if (config.upper().isPresent()) {
                checkUpper(config.upper()).ifPresent(layers::add);
            }
            return layers;
        } catch (IOException | RuntimeException e) {
            for (Layer layer : layers) {
                layer.close();
            }
            throw e;
        }
    }

    /** Of an original layer it is only seen whether it can be read and its index belongs to it. */
    private static LayerCheck.Opener opener(Images images, ImageConfig config, int layer) {
        if (!config.lowers().get(layer).isTurboOci()) {
            return Layer::open;
        }
        return metadata -> {
            BlobReader original = images.original(config, layer);
            try {
                return Layer.openTurboOci(metadata, original);
            } catch (IOException e) {
                try (original) {
                    throw e;
                }
            }
        };
    }

    private Optional<Layer> checkUpper(Upper upper) throws IOException {
        try {
            return Optional.of(WritableLayer.openForReading(Path.of(upper.data()), Path.of(upper.index())));
        } catch (UnsupportedLayerException e) {
            throw e;
        } catch (BlobException e) {
            add(Fault.of(e));
            return Optional.empty();
        }
    }

    /** Layers without a UUID, or without that of their parent, are normal: only what contradicts is a fault. */
    private void checkChain(List<Layer> layers) {
        for (int i = 1; i < layers.size(); i++) {
            UUID below = layers.get(i - 1).uuid();
            UUID parent = layers.get(i).parentUuid();
            if (!below.equals(NIL) && !parent.equals(NIL) && !below.equals(parent)) {
                add(new Fault(
                        layers.get(i).toString(),
                        0,
                        "parent UUID is " + parent + ", but the layer below has UUID " + below));
            }
        }
    }

    private void checkFileSystem(Images images, ImageConfig config) throws IOException {
        try (Disk disk = images.disk(image, config)) {
            if (!Ext4Check.isPresent(disk.store()) && !fileSystem) {
                warn(image + ": there is no ext4 file system on it, no other is checked");
                return;
            }
            Ext4Check.run(
                    disk.store(),
                    fault -> add(new Fault(image + ":" + fault.path(), fault.offset(), "ext4: " + fault.rule())));
            if (e2fsck) {
                new E2fsck(disk).run().forEach(line -> add(new Fault(image, 0, "e2fsck: " + line)));
            }
        }
    }

    private void add(Fault fault) {
        faults.add(fault);
        if (!json) {
            out().println(fault);
        }
    }

    private void writeJson() throws IOException {
        try (JsonGenerator generator = Json.on(out())) {
            generator.writeStartObject();
            generator.writeStringField("image", image);
            generator.writeBooleanField("clean", faults.isEmpty());
            generator.writeArrayFieldStart("faults");
            for (Fault fault : faults) {
                generator.writeStartObject();
                generator.writeStringField("file", fault.file());
                generator.writeNumberField("offset", fault.offset());
                generator.writeStringField("rule", fault.rule());
                generator.writeEndObject();
            }
            generator.writeEndArray();
            generator.writeEndObject();
        }
        out().println();
    }
}
